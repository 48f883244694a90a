//! Which jobs there are, and where mails go: put together here because every room's jobs meet only in one list.
//!
//! Rule: a job that is not in this list is never run, so a room that writes one adds a line here.

use std::sync::Arc;

use crate::entry::lapse::LapseSignUps;
use crate::http::site::Site;
use crate::ingestion::samples::{RemoveSampleFiles, SweepSampleFiles, SweepSpentSignatures};
use crate::jobs::schedule::Period;
use crate::jobs::{Registry, Worker};
use crate::kernel::region::Region;
use crate::lifecycle::doctor::examination::Examine;
use crate::lifecycle::erasing::EraseAccount;
use crate::lifecycle::many::DeleteAccounts;
use crate::lifecycle::mfa_reset::ResetMfa;
use crate::lifecycle::organizations::EraseOrganization;
use crate::lifecycle::photo_files::SweepPhotoFiles;
use crate::lifecycle::trash::PurgeProjects;
use crate::mail::transport::{self, Transport};
use crate::mail::{DeliverMail, House, SweepMails};
use crate::projects::api_keys::{FinishRevoking, RemindOfKeys};
use crate::projects::rates::SweepRates;
use crate::secrets::removal::PurgeSecrets;
use crate::secrets::upkeep::{RemindOfSecrets, SweepSecrets};
use crate::sessions::sweep::SweepSessions;
use crate::workspaces::lapse::LapseOrganizations;

/// A worker for every region served here. Fails when the configured sender is not an address.
pub fn worker(site: &Site, post: Arc<dyn Transport>) -> Result<Worker, String> {
    let stores: Vec<(Region, crate::db::Store)> =
        site.regions.served().map(|(region, store)| (region, store.clone())).collect();
    let worker =
        Worker::new(stores, registry(site, post)?, site.clock.clone(), site.chance.clone(), site.keyring.clone());
    Ok(worker.woken_by(site.wake.clone()))
}

/// SMTP when it is configured, else files below the data folder.
pub fn post_office(site: &Site) -> Result<Arc<dyn Transport>, String> {
    Ok(match &site.config.smtp_url {
        Some(url) => {
            let own_name = site.config.public_url.host_str().unwrap_or("localhost");
            Arc::new(transport::Smtp::new(url, own_name).map_err(|error| format!("KEYSTEAD_SMTP_URL: {error}"))?)
        }
        None => Arc::new(transport::File::new(site.config.data.join("mail"))),
    })
}

pub fn house(site: &Site) -> House {
    House {
        name: site.config.name.clone(),
        public_url: site.config.public_url.clone(),
        home_url: site.config.home_url.clone(),
    }
}

fn registry(site: &Site, post: Arc<dyn Transport>) -> Result<Registry, String> {
    Ok(Registry::new()
        .with(DeliverMail::new(house(site), &site.config.mail_from, post)?)
        .with(SweepMails)
        .every::<SweepMails>(Period::Day, || ())
        .with(LapseSignUps { regions: site.regions.clone() })
        .every::<LapseSignUps>(Period::Hour, || ())
        .with(LapseOrganizations { regions: site.regions.clone() })
        .every::<LapseOrganizations>(Period::Hour, || ())
        .with(SweepSessions { directory: site.regions.directory.clone() })
        .every::<SweepSessions>(Period::Hour, || ())
        .with(EraseAccount {
            regions: site.regions.clone(),
            files: site.files.clone(),
            log: site.config.erasure_log.clone(),
        })
        .with(EraseOrganization {
            regions: site.regions.clone(),
            files: site.files.clone(),
            log: site.config.erasure_log.clone(),
        })
        .with(SweepPhotoFiles {
            regions: site.regions.clone(),
            files: site.files.clone(),
            plans: site.config.plans.clone(),
        })
        .every::<SweepPhotoFiles>(Period::Hour, || ())
        .with(DeleteAccounts { regions: site.regions.clone() })
        .with(Examine { config: site.config.clone(), regions: site.regions.clone(), files: site.files.clone() })
        .with(ResetMfa)
        .with(FinishRevoking)
        .with(RemindOfKeys)
        .every::<RemindOfKeys>(Period::Hour, || ())
        .with(RemoveSampleFiles { files: site.files.clone() })
        .with(SweepSampleFiles { files: site.files.clone() })
        .every::<SweepSampleFiles>(Period::Day, || ())
        .with(SweepSpentSignatures)
        .every::<SweepSpentSignatures>(Period::Hour, || ())
        .with(SweepRates)
        .every::<SweepRates>(Period::Hour, || ())
        .with(PurgeProjects)
        .every::<PurgeProjects>(Period::Hour, || ())
        .with(PurgeSecrets)
        .every::<PurgeSecrets>(Period::Hour, || ())
        .with(RemindOfSecrets)
        .every::<RemindOfSecrets>(Period::Hour, || ())
        .with(SweepSecrets)
        .every::<SweepSecrets>(Period::Hour, || ()))
}
