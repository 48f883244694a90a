//! Keeps mails in memory, and refuses them on demand: what tests read.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Outgoing, Refusal, Transport};
use crate::kernel::email_address::EmailAddress;
use crate::mail::Composed;

#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    kept: Vec<Kept>,
    refusal: Option<Refusal>,
}

/// A mail that was accepted.
#[derive(Clone)]
pub struct Kept {
    pub to: EmailAddress,
    pub message_id: String,
    pub composed: Composed,
}

impl Memory {
    pub fn kept(&self) -> Vec<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.clone()
    }

    /// Refuses every mail with this until it is told `None`.
    pub fn refuse(&self, refusal: Option<Refusal>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refusal = refusal;
    }
}

impl Transport for Memory {
    fn send(&self, mail: &Outgoing) -> Result<String, Refusal> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(refusal) = &inner.refusal {
            return Err(refusal.clone());
        }
        inner.kept.push(Kept {
            to: mail.to.clone(),
            message_id: mail.message_id.clone(),
            composed: mail.composed.clone(),
        });
        Ok("kept in memory".to_owned())
    }
}
