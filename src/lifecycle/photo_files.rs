//! Photos that nobody shows are removed once an hour: those that a backup held when they were replaced, and those of a
//! process that died before it could.

use std::sync::Arc;

use super::doctor::{self, Patient};
use crate::billing::Plans;
use crate::files::Files;
use crate::jobs::{Failure, Job, JobContext};
use crate::regions::Regions;

pub struct SweepPhotoFiles {
    pub regions: Regions,
    pub files: Files,
    pub plans: Arc<Plans>,
}

impl Job for SweepPhotoFiles {
    const NAME: &'static str = "sweep_photo_files";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        let patient =
            Patient { regions: &self.regions, files: &self.files, plans: &self.plans, act: &act, should_fix: true };
        Ok(doctor::files::sweep(&patient, job.region, job.store)?)
    }
}
