//! `/admin/organizations.csv`, `/admin/jobs.csv` and `/admin/accounts/invitations.csv`: lists of the administration as
//! files, with the filters of their pages.
//!
//! Rule: a list may be looked at for an hour; whoever carries all of it away is asked again who they are. To whom a mail
//! went that failed, and what it said, is in no file.

use actix_web::HttpResponse;

use super::organizations::Wanted;
use super::{invitations, jobs, organizations};
use crate::entry::invitation;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::table_file::{self, Cells, moment, typed};
use crate::jobs::dead_but;
use crate::kernel::id::{AdmissionId, JobId, WorkspaceId};
use crate::kernel::month::Month;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::lifecycle::organization_list::Row;
use crate::mail::{self, DeliverMail};
use crate::pages::guards::Administrator;
use crate::pages::links;

const ORGANIZATIONS: &[&str] = &[
    "id",
    "username",
    "name",
    "region",
    "plan",
    "members",
    "cpu_minutes",
    "gpu_minutes",
    "created_at",
    "suspended_at",
    "erased_at",
];
const FAILED: &[&str] =
    &["id", "kind", "what", "region", "account", "what_went_wrong", "tries", "created_at", "failed_at"];
const INVITATIONS: &[&str] = &["id", "email", "sent_at", "ends_at"];

/// `GET /admin/organizations.csv`
pub async fn organizations(
    here: Administrator,
    Query(asked): Query<organizations::Asked>,
) -> Result<HttpResponse, PageError> {
    here.confirmed("export the list of organizations", &asked.href())?;
    let (wanted, regions, month) = (asked.check()?, here.site.regions.clone(), Month::of(here.act.now));
    let read = move |at: Option<WorkspaceId>| {
        let (part, regions): (Wanted, _) = (wanted.after(at), regions.clone());
        async move {
            let (rows, next) = part.read(&regions, month, table_file::ROWS).await?;
            Ok((rows.iter().map(|(region, row)| organization(*region, row)).collect(), next))
        }
    };
    Ok(table_file::list("organizations", here.act.now, ORGANIZATIONS, read))
}

fn organization(region: Region, row: &Row) -> Cells {
    let one = &row.organization;
    vec![
        one.id.to_string(),
        one.name.clone(),
        typed(&one.title),
        region.to_string(),
        typed(&one.plan),
        row.members.to_string(),
        row.spent.cpu_minutes().to_string(),
        row.spent.gpu_minutes().to_string(),
        one.created_at.to_string(),
        moment(one.suspended_at),
        moment(one.erase_at),
    ]
}

/// How far the file of what failed has come: region by region, its jobs first and then its mails.
#[derive(Clone, Copy, Default)]
struct At {
    region: usize,
    is_at_mails: bool,
    before: Option<(Timestamp, JobId)>,
}

impl At {
    /// Behind this row when the part was full, else where the next list begins.
    fn next(self, rows: usize, last: Option<(Timestamp, JobId)>) -> Self {
        match (last.filter(|_| rows >= table_file::ROWS), self.is_at_mails) {
            (Some(last), _) => Self { before: Some(last), ..self },
            (None, false) => Self { is_at_mails: true, before: None, ..self },
            (None, true) => Self { region: self.region + 1, ..Self::default() },
        }
    }
}

/// `GET /admin/jobs.csv`
pub async fn jobs(here: Administrator, Query(asked): Query<jobs::Asked>) -> Result<HttpResponse, PageError> {
    here.confirmed("export what failed", &asked.href())?;
    let stores = asked.stores(&here.site.regions)?;
    let read = move |at: Option<At>| {
        let at = at.unwrap_or_default();
        let (found, part) = (stores.get(at.region).cloned(), asked.part(at.before, table_file::MOST));
        let regions = stores.len();
        async move {
            let Some((region, store)) = found else { return Ok((Vec::new(), None)) };
            let (rows, last) = if at.is_at_mails {
                let mails = store.read(move |db| mail::failed(db, &part)).await?;
                let last = mails.last().map(|last| (last.died_at, last.job));
                let cells = mails.into_iter().map(|mail| {
                    let account = mail.account.map(|id| id.to_string());
                    let whose = (region, account, mail.error, mail.attempts);
                    failed(mail.job, "mail", &mail.kind, whose, (mail.created_at, mail.died_at))
                });
                (cells.collect::<Vec<_>>(), last)
            } else {
                let jobs = store.read(move |db| dead_but::<DeliverMail>(db, &part)).await?;
                let last = jobs.last().map(|last| (last.died_at, last.id));
                let cells = jobs.into_iter().map(|job| {
                    let account = job.account.map(|id| id.to_string());
                    let whose = (region, account, job.error, job.attempts);
                    failed(job.id, "job", &job.name, whose, (job.created_at, job.died_at))
                });
                (cells.collect(), last)
            };
            let next = at.next(rows.len(), last);
            Ok((rows, (next.region < regions).then_some(next)))
        }
    };
    Ok(table_file::list("failed-jobs", here.act.now, FAILED, read))
}

type Whose = (Region, Option<String>, String, i64);

fn failed(id: JobId, kind: &str, what: &str, whose: Whose, (created, died): (Timestamp, Timestamp)) -> Cells {
    let (region, account, error, tries) = whose;
    vec![
        id.to_string(),
        kind.to_owned(),
        jobs::in_words(what),
        region.to_string(),
        account.unwrap_or_default(),
        typed(&error),
        tries.to_string(),
        created.to_string(),
        died.to_string(),
    ]
}

/// `GET /admin/accounts/invitations.csv`
pub async fn invitations(
    here: Administrator,
    Query(asked): Query<invitations::Asked>,
) -> Result<HttpResponse, PageError> {
    here.confirmed(invitations::DEED, links::ADMIN_INVITATIONS)?;
    let of = asked.address().map_err(PageError::BadRequest)?;
    let (directory, act) = (here.site.regions.directory.clone(), here.act.clone());
    let read = move |at: Option<AdmissionId>| {
        let (directory, act, of) = (directory.clone(), act.clone(), of.clone());
        async move {
            let part = move |db: &mut _| invitation::open_ones(db, &act, of.as_ref(), at, table_file::MOST);
            let found = directory.read(part).await?;
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).map(|last| last.id);
            let cells = found.iter().map(|one| {
                vec![
                    one.id.to_string(),
                    typed(one.address.as_str()),
                    one.created_at.to_string(),
                    one.expires_at.to_string(),
                ]
            });
            Ok((cells.collect(), next))
        }
    };
    Ok(table_file::list("invitations", here.act.now, INVITATIONS, read))
}
