//! `…/{secret}`: what is known of it, who gets it until when, its versions, and who got it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use super::row::{Row, Rows};
use crate::db::DbError;
use crate::http::day::{last_day, start_of_day};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::{Form, Pairs, Query, field};
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::{ProjectId, SecretId, SecretUseId};
use crate::pages::{frame, links};
use crate::projects::people;
use crate::projects::project::{self, Project};
use crate::secrets::changing::{self, Changed};
use crate::secrets::leaks::{self, Drill};
use crate::secrets::{Secret, SecretError, secret, uses, versions};

/// Lines of the access log on one page.
const LINES: i64 = 25;
/// More projects are not offered; those that are chosen are always there.
const MOST_PROJECTS: i64 = 200;
const ALL: &str = "all";
const SOME: &str = "some";

#[derive(Template)]
#[template(path = "pages/secrets/manage.html")]
struct ManagePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
    id: SecretId,
    row: Row,
    ends: Option<When>,
    typed: &'a Typed,
    reach: [Choice; 2],
    projects: Vec<Project>,
    /// Chosen ones that can still be had back.
    in_trash: Vec<Project>,
    drills: Vec<DrillRow>,
    /// The leak of the version that jobs get.
    present: Option<Present>,
    is_marked: bool,
    versions: Vec<VersionRow>,
    uses: Vec<UseRow>,
    newest: Option<String>,
    older: Option<String>,
}

struct DrillRow {
    href: String,
    version: i64,
    opened: When,
    /// Kind and word.
    badge: (&'static str, &'static str),
}

struct Present {
    href: String,
    /// As a sentence for who opens the page.
    text: String,
}

struct VersionRow {
    version: i64,
    is_current: bool,
    is_leaked: bool,
    maker: String,
    made: When,
    last_used: Option<When>,
}

struct UseRow {
    at: When,
    job: String,
    project: String,
    version: i64,
    program: String,
    address: String,
    /// The name of the service token that the job was started with.
    starter: String,
    /// Who had it fetched outside of the platform's jobs.
    by: String,
}

/// What the form holds, as typed.
struct Typed {
    description: String,
    ends: String,
    reach: String,
    projects: Vec<ProjectId>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RollBackTyped {
    version: String,
}

pub async fn show(here: SecretsHere, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (secret, _) = here.secret().await?;
    let before = match asked.0.before.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::BadRequest("the page cannot be told from its address"))?),
    };
    let id = secret.id;
    let projects = here.read(move |db| secret::projects_of(db, id)).await?;
    let typed = Typed::of(&here, &secret, projects);
    answer(&here, StatusCode::OK, &secret, &typed, FieldErrors::new(), before).await
}

pub async fn save(here: SecretsHere, form: Form<Pairs>) -> Result<HttpResponse, PageError> {
    let (secret, permit) = here.secret().await?;
    let typed = Typed::read(&form.typed)?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was saved yet."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, &typed, errors, None).await;
    }
    let back = links::secret(&here.base, secret.id);
    here.confirmed(super::CHANGE, &back)?;
    let new = match typed.check(&here, &secret) {
        Ok(new) => new,
        Err(errors) => {
            return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, &typed, errors, None).await;
        }
    };
    let (act, id) = (here.act.clone(), secret.id);
    here.write(move |db| changing::save(db, &act, &permit, id, &new)).await?;
    Ok(here.done(&back, "Your changes are saved."))
}

/// *Roll back*: another version is the one that jobs get.
pub async fn roll_back(here: SecretsHere, form: Form<RollBackTyped>) -> Result<HttpResponse, PageError> {
    let (secret, permit) = here.secret().await?;
    let back = links::secret(&here.base, secret.id);
    if form.is_resumed {
        return Ok(here.again(&back));
    }
    here.confirmed(super::CHANGE, &back)?;
    let version: i64 = form.typed.version.parse().map_err(|_| PageError::NotFound)?;
    let (act, id) = (here.act.clone(), secret.id);
    match here.write(move |db| changing::roll_back(db, &act, &permit, id, version)).await {
        Ok(()) => {
            let put_back = format!("{} is at version {version} now.", secret.name);
            let sentence = here.done_for_jobs(&secret, format!("Jobs get version {version} from now on."), &put_back);
            Ok(here.done(&back, &sentence))
        }
        Err(SecretError::Leaked) => {
            let text = format!(
                "Version {version} is marked as leaked, so jobs cannot get it again. Replace the value instead."
            );
            Ok(here.refused(&back, &text))
        }
        Err(SecretError::Unreadable) => {
            let text = format!("Version {version} cannot be read any more. Choose another, or replace the value.");
            Ok(here.refused(&back, &text))
        }
        Err(error) => Err(error.into()),
    }
}

impl Typed {
    fn of(here: &SecretsHere, secret: &Secret, projects: Vec<ProjectId>) -> Self {
        Self {
            description: secret.description.clone(),
            ends: last_day_of(here, secret),
            reach: if secret.is_restricted { SOME } else { ALL }.to_owned(),
            projects,
        }
    }

    fn read(pairs: &Pairs) -> Result<Self, PageError> {
        let ticked = pairs.iter().filter(|(name, _)| name == "project[]").map(|(_, id)| id.parse());
        let projects: Result<Vec<ProjectId>, _> = ticked.collect();
        Ok(Self {
            description: field(pairs, "description").to_owned(),
            ends: field(pairs, "ends").to_owned(),
            reach: field(pairs, "reach").to_owned(),
            projects: projects.map_err(|_| PageError::BadRequest("the chosen projects cannot be read"))?,
        })
    }

    fn check(&self, here: &SecretsHere, stored: &Secret) -> Result<Changed, FieldErrors> {
        let (mut errors, zone) = (FieldErrors::new(), words::zone(&here.account.time_zone));
        let description = errors.keep("description", "Description", changing::description(&self.description));
        let ends = if self.ends.trim() == last_day_of(here, stored) {
            // Left as it was: the same day ends at another instant where somebody else lives, and may be over.
            Some(stored.expires_at)
        } else {
            let ends = errors.keep("ends", "Last day", start_of_day(&self.ends, true, &zone));
            if ends.flatten().is_some_and(|at| at <= here.act.now) {
                errors.add("ends", "Last day", "Choose today or a day to come.");
            }
            ends
        };
        let projects = match self.reach.as_str() {
            ALL => Some(None),
            SOME if !self.projects.is_empty() => Some(Some(self.projects.clone())),
            SOME => {
                errors.add("reach", "Which jobs get it", "Tick at least one project.");
                None
            }
            _ => {
                errors.add("reach", "Which jobs get it", "Choose one of the answers.");
                None
            }
        };
        match (description, ends, projects) {
            (Some(description), Some(expires_at), Some(projects)) if errors.is_empty() => {
                Ok(Changed { description, expires_at, projects })
            }
            _ => Err(errors),
        }
    }

    fn has(&self, project: &Project) -> bool {
        self.projects.contains(&project.id)
    }
}

/// `Ada Marchetti`, `the key ci of Ada Marchetti`, or nobody where a job of the platform got it.
pub(super) fn by_whom(name: &str, key: Option<&str>) -> String {
    match key {
        Some(key) if name.is_empty() => format!("the key {key}"),
        Some(key) => format!("the key {key} of {name}"),
        None => name.to_owned(),
    }
}

/// As the form shows it to this person.
fn last_day_of(here: &SecretsHere, secret: &Secret) -> String {
    let zone = words::zone(&here.account.time_zone);
    secret.expires_at.map(|at| last_day(at, &zone)).unwrap_or_default()
}

async fn answer(
    here: &SecretsHere,
    status: StatusCode,
    secret: &Secret,
    typed: &Typed,
    errors: FieldErrors,
    before: Option<SecretUseId>,
) -> Result<HttpResponse, PageError> {
    let (workspace, id, one, chosen) = (here.workspace, secret.id, secret.clone(), typed.projects.clone());
    let read = here.read(move |db| {
        let (versions, last) = (versions::of(db, id)?, uses::last_of_versions(db, id)?);
        let log = uses::of(db, id, before, LINES + 1)?;
        let drills = leaks::of_secret(db, id)?;
        let mut projects = project::of_workspaces(db, &[workspace], MOST_PROJECTS)?;
        let in_trash = project::deleted_of(db, workspace, chosen.clone())?;
        let missing = chosen.into_iter().filter(|id| !projects.iter().any(|project| project.id == *id)).collect();
        projects.extend(project::some_of(db, workspace, missing)?);
        let used_in = log.iter().filter_map(|line| line.project_id).collect();
        let slugs = project::some_of(db, workspace, used_in)?;
        let makers = versions.iter().filter_map(|one| one.made_by).chain(log.iter().filter_map(|line| line.account_id));
        let names = people::names(db, makers.chain(one.created_by).chain(one.changed_by))?;
        Ok::<_, DbError>((versions, last, log, drills, (projects, in_trash), slugs, names))
    });
    let (versions, last, mut log, drills, (projects, in_trash), slugs, names) = read.await?;
    let has_more = log.len() > usize::try_from(LINES).unwrap_or(usize::MAX);
    if has_more {
        log.pop();
    }
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    let present = drills.iter().find(|drill| drill.is_present(secret));
    let leaked = present.map(|_| id).into_iter().collect();
    let rows = Rows { base: &here.base, now, zone: &zone, names: &names, leaked: &leaked };
    let drill = |one: &Drill| DrillRow {
        href: links::leak(&here.base, one.id),
        version: one.version,
        opened: words::relative(one.opened_at, now, &zone).in_sentence(),
        badge: match (one.is_open(), one.is_false_alarm) {
            (true, _) => ("danger", "Open"),
            (false, true) => ("", "False alarm"),
            (false, false) => ("good", "Closed"),
        },
    };
    let version = |one: &versions::Entry| VersionRow {
        version: one.version,
        is_current: one.version == secret.version,
        is_leaked: drills.iter().any(|drill| drill.version == one.version && !drill.is_false_alarm),
        maker: rows.name_of(one.made_by),
        made: words::relative(one.made_at, now, &zone),
        last_used: last
            .iter()
            .find(|(version, _)| *version == one.version)
            .map(|(_, at)| words::relative(*at, now, &zone)),
    };
    let line = |one: &uses::Use| UseRow {
        at: words::relative(one.at, now, &zone),
        job: one.job.clone(),
        project: slugs
            .iter()
            .find(|project| Some(project.id) == one.project_id)
            .map(|project| project.slug.clone())
            .unwrap_or_default(),
        version: one.version,
        program: one.program.clone(),
        address: one.address.clone(),
        starter: one.service_token.clone(),
        by: by_whom(&rows.name_of(one.account_id), one.key_name.as_deref()),
    };
    let older = log.last().filter(|_| has_more).map(|last| links::secret_uses_before(&here.base, id, last.id.as_str()));
    let mut page = here.frame(secret.name.as_str(), "Its value is never shown again, to anybody.");
    page.has_error = !errors.is_empty();
    let page = ManagePage {
        page,
        errors,
        base: &here.base,
        id,
        row: rows.row(secret),
        ends: secret.expires_at.map(|at| words::at(at, &zone)),
        typed,
        reach: [
            Choice::new(ALL, "Every job").with_note("Of every project, and of none."),
            Choice::new(SOME, "Jobs of some projects").with_note("Those that are ticked below."),
        ],
        projects,
        in_trash,
        present: present.map(|one| Present {
            href: links::leak(&here.base, one.id),
            text: format!(
                "Version {} is marked as leaked. {} Replace its value.",
                one.version,
                if one.is_withheld { "Jobs do not get it." } else { "Jobs go on getting it." }
            ),
        }),
        is_marked: present.is_some_and(Drill::is_open),
        drills: drills.iter().map(drill).collect(),
        versions: versions.iter().map(version).collect(),
        uses: log.iter().map(line).collect(),
        newest: before.map(|_| links::secret(&here.base, id)),
        older,
    };
    frame::html(status, &page)
}
