//! `/admin/accounts.csv`: the same list as a file, written while it is read.
//!
//! Rule: whoever takes the list away is recorded, with how much of it went, even when the download was broken off.

use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;

use super::asked::{Asked, Wanted};
use super::reading;
use crate::accounts::listing::{Row, Start};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::{DbError, Store};
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::site::Site;
use crate::http::table_file::{self, typed};
use crate::http::words;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::pages::guards::Administrator;

const HEAD: [&str; 13] = [
    "id",
    "username",
    "name",
    "email",
    "region",
    "plan",
    "cpu_minutes",
    "gpu_minutes",
    "total_minutes",
    "created_at",
    "last_seen_at",
    "status",
    "mfa",
];

/// A download under way.
struct Download {
    site: web::Data<Site>,
    wanted: Wanted,
    /// `None` when the last page is written.
    next: Option<Start>,
    record: Record,
}

/// Written when the download ends, however it does.
struct Record {
    store: Store,
    act: Act,
    administrator: AccountId,
    rows: i64,
}

/// `GET /admin/accounts.csv`
pub async fn show(here: Administrator, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    // The list itself may be looked at for an hour; who carries all of it away is asked again.
    here.confirmed("export the list of accounts", &asked.href())?;
    let zone = words::zone(&here.account.time_zone);
    let wanted = asked.check(&zone, &here.site.config)?;
    let wanted = wanted.map_err(|_| PageError::BadRequest("a filter of the list cannot be read"))?;
    let wanted = reading::resolve(&here.site, wanted).await?;
    let record = Record { store: here.store.clone(), act: here.act.clone(), administrator: here.account.id, rows: 0 };
    let download = Download { site: here.site.clone(), wanted, next: Some(Start::Beginning), record };
    Ok(table_file::download("accounts", here.act.now, stream::try_unfold(download, Download::part)))
}

impl Download {
    async fn part(mut self) -> Result<Option<(Bytes, Self)>, PageError> {
        let Some(start) = self.next.take() else { return Ok(None) };
        let head = (start == Start::Beginning).then_some(&HEAD[..]);
        let page = reading::page(&self.site, self.record.act.now, &self.wanted, start, table_file::ROWS).await?;
        self.record.rows += i64::try_from(page.rows.len()).unwrap_or(0);
        let bytes = table_file::part(head, page.rows.iter().map(|(region, row)| cells(*region, row)))?;
        self.next = page.next.map(Start::After);
        Ok(Some((bytes, self)))
    }
}

fn cells(region: Region, row: &Row) -> [String; 13] {
    let mfa = if row.has_mfa { "on" } else { "off" };
    [
        row.id.to_string(),
        row.username.to_string(),
        typed(&row.name),
        typed(&row.email),
        region.to_string(),
        typed(&row.plan),
        row.cpu_minutes.to_string(),
        row.gpu_minutes.to_string(),
        row.total_minutes.to_string(),
        row.created_at.to_string(),
        row.last_seen_at.to_string(),
        row.status.to_string(),
        mfa.to_owned(),
    ]
}

impl Drop for Record {
    fn drop(&mut self) {
        // Nobody was on the list, or only its head was asked for.
        if self.rows == 0 {
            return;
        }
        let (store, act, administrator) = (self.store.clone(), self.act.clone(), self.administrator);
        let event = Event::AccountsExported { rows: self.rows };
        // Dropped on a thread of the server, which must not wait for a database.
        drop(tokio::task::spawn_blocking(move || {
            let written = store.write_now::<_, DbError>(|db| {
                activity::record_administration(db, &act, Some(administrator), None, &event)
            });
            if let Err(error) = written {
                tracing::error!(%error, "an export of accounts could not be recorded");
            }
        }));
    }
}
