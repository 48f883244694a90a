//! Which jobs a program can do, and which come round by themselves.

use std::collections::HashMap;

use super::schedule::{Period, Recurring};
use super::{Failure, Job, JobContext};

type Handler = Box<dyn Fn(&str, &mut JobContext<'_>) -> Result<(), Failure> + Send + Sync>;

/// Built once at start: `Registry::new().with(DeliverMail { … }).every::<LapseSignUps>(Period::Hour, || ())`.
#[derive(Default)]
pub struct Registry {
    handlers: HashMap<&'static str, Handler>,
    recurring: Vec<Recurring>,
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with<J: Job>(mut self, job: J) -> Self {
        let handler: Handler = Box::new(move |request, context| match serde_json::from_str(request) {
            Ok(request) => job.run(request, context),
            // The text of the error would quote the request.
            Err(_) => Err(Failure::GiveUp("The request cannot be read.".to_owned())),
        });
        self.handlers.insert(J::NAME, handler);
        self
    }

    /// Lets a job come round once each period, in every region, however many programs run.
    #[must_use]
    pub fn every<J: Job>(mut self, period: Period, request: impl Fn() -> J::Request + Send + Sync + 'static) -> Self {
        self.recurring.push(Recurring::new::<J>(period, request));
        self
    }

    pub(super) fn run(&self, name: &str, request: &str, context: &mut JobContext<'_>) -> Result<(), Failure> {
        match self.handlers.get(name) {
            Some(handler) => handler(request, context),
            // Enqueued by a newer program during an upgrade: its own worker will take it at one of the next tries.
            None => Err(Failure::Retry("This program does not know the job.".to_owned())),
        }
    }

    pub(super) fn recurring(&self) -> &[Recurring] {
        &self.recurring
    }
}
