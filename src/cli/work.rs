//! `keystead work`: the jobs alone, beside servers started with `--no-jobs`.

use std::sync::Arc;

use super::{Outcome, open, say, stopping};
use crate::app::work;
use crate::config::Config;
use crate::kernel::clock::Clock;

pub fn run(config: Config) -> Outcome {
    let site = open::site(config, Clock::System)?;
    let worker = Arc::new(work::worker(&site, work::post_office(&site)?)?);
    actix_web::rt::System::new().block_on(async move {
        let told = stopping::Told::listen()?;
        say("Working on the jobs.");
        worker.run_until(told.heard()).await;
        Ok(())
    })
}
