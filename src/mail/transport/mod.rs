//! How a mail leaves: over SMTP, into a folder, or into memory for tests.

mod file;
mod memory;
mod smtp;

pub use super::message::Outgoing;
pub use file::File;
pub use memory::Memory;
pub use smtp::Smtp;

/// Why a mail was not taken. The texts hold no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    ForNow(String),
    /// Sending the same again would be refused again.
    #[error("{0}")]
    ForGood(String),
}

pub trait Transport: Send + Sync {
    /// Returns once the mail is somebody else's responsibility: a server has said so, or a disk. In whose words, for
    /// the operator who tries it out.
    fn send(&self, mail: &Outgoing) -> Result<String, Refusal>;
}
