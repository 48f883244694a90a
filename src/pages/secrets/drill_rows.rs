//! A leak drill as its page shows it.

use std::collections::HashMap;

use super::here::SecretsHere;
use super::manage::by_whom;
use crate::access::action::ManageWorkspaceKeys;
use crate::http::words::{self, When};
use crate::kernel::id::AccountId;
use crate::pages::links;
use crate::projects::project::Project;
use crate::secrets::Secret;
use crate::secrets::leaks::{Drill, MOST_FETCHES, MOST_KEYS, Places, Progress, State, Step};

type Names = HashMap<AccountId, String>;

fn name_of(names: &Names, account: Option<AccountId>) -> String {
    account.and_then(|account| names.get(&account)).cloned().unwrap_or_default()
}

/// What is known of the leak itself.
pub struct Facts {
    pub name: String,
    pub version: i64,
    pub opened: When,
    /// Empty when nobody is left who did it; so below.
    pub opener: String,
    pub jobs: &'static str,
    pub is_open: bool,
    pub is_deleted: bool,
    pub is_withheld: bool,
    /// Whether what jobs get is what got out, so that it can be kept from them.
    pub is_present: bool,
    pub closed: Option<When>,
    pub closer: String,
    pub reason: String,
    pub is_false_alarm: bool,
}

impl Facts {
    pub fn of(here: &SecretsHere, drill: &Drill, secret: &Secret, names: &Names) -> Self {
        let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
        let is_deleted = secret.deleted_at.is_some();
        let is_present = drill.is_present(secret) && !is_deleted;
        Self {
            name: secret.name.to_string(),
            version: drill.version,
            opened: words::relative(drill.opened_at, now, &zone),
            opener: name_of(names, drill.opened_by),
            jobs: match (is_deleted, secret.version == drill.version, is_present && drill.is_withheld) {
                (true, ..) => "Do not get it: the secret is deleted",
                (_, false, _) => "Get another version",
                (.., true) => "Do not get it until it is replaced",
                (.., false) => "Get the leaked version",
            },
            is_open: drill.is_open(),
            is_deleted,
            is_withheld: drill.is_withheld,
            is_present,
            closed: drill.closed_at.map(|at| words::relative(at, now, &zone)),
            closer: name_of(names, drill.closed_by),
            reason: drill.reason.clone(),
            is_false_alarm: drill.is_false_alarm,
        }
    }
}

pub struct PlaceRow {
    pub job: String,
    pub project: String,
    pub program: String,
    pub address: String,
    /// Who had it fetched, or started the job.
    pub by: String,
    pub times: String,
    pub first: When,
    pub last: When,
}

impl PlaceRow {
    pub fn all(here: &SecretsHere, places: &Places, projects: &[Project], names: &Names) -> Vec<Self> {
        let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
        let slug = |id| projects.iter().find(|project| Some(project.id) == id).map(|project| project.slug.clone());
        let row = |place: &crate::secrets::leaks::Place| Self {
            job: place.job.clone(),
            project: slug(place.project).unwrap_or_default(),
            program: place.program.clone(),
            address: place.address.clone(),
            by: match place.account {
                Some(_) => by_whom(&name_of(names, place.account), place.key.as_deref()),
                None => place.service_token.clone(),
            },
            times: words::number(place.times),
            first: words::relative(place.first, now, &zone),
            last: words::relative(place.last, now, &zone),
        };
        places.all.iter().map(row).collect()
    }

    pub fn note(drill: &Drill, places: &Places) -> String {
        let version = drill.version;
        match places.fetches {
            0 => format!("No job got version {version}."),
            _ if places.has_more => format!(
                "Version {version}, by job. Of its last {} fetches the latest hundred at most are listed: the access log has all.",
                words::number(MOST_FETCHES)
            ),
            n => format!("Version {version} was fetched {}.", words::count(n, "time", "times")),
        }
    }
}

/// One thing to do.
pub struct StepRow {
    pub step: Step,
    pub title: &'static str,
    pub words: &'static str,
    pub is_done: bool,
    pub done: Option<When>,
    pub doer: String,
    pub note: String,
    /// Whether somebody may say that it is done.
    pub can_mark: bool,
}

impl StepRow {
    pub fn all(here: &SecretsHere, drill: &Drill, progress: &Progress, names: &Names) -> Vec<Self> {
        let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
        let row = |step: &Step| {
            let (step, mark) = (*step, progress.mark(*step));
            let (title, words) = texts(step);
            let is_by_itself = mark.is_none() && progress.is_done_by_itself(step);
            let version = progress.replacement.as_ref().filter(|_| step == Step::Replace);
            Self {
                step,
                title,
                words,
                is_done: progress.is_done(step),
                done: mark
                    .map(|mark| mark.done_at)
                    .or(version.map(|version| version.made_at))
                    .map(|at| words::relative(at, now, &zone).in_sentence()),
                doer: name_of(names, mark.map_or(version.and_then(|version| version.made_by), |mark| mark.done_by)),
                note: match (mark, version) {
                    (Some(mark), _) => mark.note.clone(),
                    (None, Some(version)) => format!("Version {} was made.", version.version),
                    (None, None) if is_by_itself && step == Step::Replace => "The secret is deleted.".to_owned(),
                    (None, None) if is_by_itself && progress.keys.is_empty() => "There are none.".to_owned(),
                    (None, None) => String::new(),
                },
                can_mark: drill.is_open() && step != Step::Replace && !is_by_itself,
            }
        };
        Step::ALL.iter().map(row).collect()
    }
}

fn texts(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Revoke => (
            "Revoke the value where it came from",
            "At the provider that issued it, so that whoever has it can do nothing with it. That alone stops the leak.",
        ),
        Step::Replace => {
            ("Replace the value here", "With the new one of the provider. Jobs get it from their next start on.")
        }
        Step::Rotate => (
            "Rotate the keys within its reach",
            "Jobs that got the value ran where these keys are used. If the leak came from there, they are known as well.",
        ),
        Step::Check => (
            "Check what was done with it",
            "Look through the provider's own log since the value may have been known: calls, charges, new users, data read.",
        ),
    }
}

pub struct KeyRow {
    pub name: String,
    pub recognised_by: String,
    pub place: String,
    /// Where it can be rotated, for who may.
    pub href: Option<String>,
    /// Kind and word of what became of it.
    pub badge: Option<(&'static str, &'static str)>,
}

impl KeyRow {
    pub fn all(here: &SecretsHere, progress: &Progress) -> Vec<Self> {
        let workspace = here.organization.as_deref();
        let row = |key: &crate::secrets::leaks::Dependent| {
            let base = match &key.project {
                Some(slug) => {
                    let name = workspace.unwrap_or(here.account.username.as_str());
                    Some(links::project_keys(&links::project(name, slug)))
                }
                None => here.may::<ManageWorkspaceKeys>().then(|| links::workspace_keys(workspace)),
            };
            Self {
                name: key.name.clone(),
                recognised_by: key.recognised_by.clone(),
                place: key.project.clone().unwrap_or_else(|| "The whole workspace".to_owned()),
                href: base.filter(|_| key.state == State::Live).map(|base| links::key_rotate(&base, key.id)),
                badge: match key.state {
                    State::Live => None,
                    State::Rotated => Some(("good", "Rotated")),
                    State::Revoked => Some(("good", "Revoked")),
                    State::Ended => Some(("good", "Ended")),
                },
            }
        };
        progress.keys.iter().map(row).collect()
    }

    pub fn note(progress: &Progress) -> String {
        if progress.has_more_keys {
            format!("The first {MOST_KEYS} are listed. Say that it is done once the others are rotated too.")
        } else {
            "Done by itself once each is rotated or revoked; or say that they are safe.".to_owned()
        }
    }
}
