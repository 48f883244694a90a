//! Deleting the accounts selected in the list: one preview over all of them, then a job.
//!
//! The selection travels in the address (`of=eu.<id>_us.<id>`), so that the preview can be looked at again and come
//! back to after confirming; what is sent in the end is checked anew.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::{Form, Pairs, Query};
use crate::http::page::{Choice, FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::lifecycle::consequences::{self, CountError, Line};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::many::{self, MOST};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::{blocking, frame, links};
use crate::sessions::account::{self, Account, Status};

const DEED: &str = "delete many accounts";

#[derive(Template)]
#[template(path = "pages/admin/delete_many.html")]
struct DeleteManyPage {
    page: PageFrame,
    people: Vec<Person>,
    count: usize,
    of: String,
    goes: Vec<Goes>,
    counted: When,
    name_days: u64,
    choices: Vec<Choice>,
    typed: ManyTyped,
    errors: FieldErrors,
}

struct Person {
    link: String,
    name: String,
    username: String,
    region: Region,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    of: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ManyTyped {
    of: String,
    when: String,
    reason: String,
    confirm: String,
}

/// `POST /admin/accounts/selected`: from the list's tick boxes, each `account[]=region:id`.
pub async fn select(_here: Administrator, form: Form<Pairs>) -> Result<HttpResponse, PageError> {
    let ticked = form.typed.iter().filter(|(name, _)| name == "account[]" || name == "account");
    let of: Vec<String> = ticked.map(|(_, value)| value.replace(':', ".")).take(MOST + 1).collect();
    Ok(Visitor::redirect(&links::admin_delete_selected(&of.join("_"))))
}

type Chosen = (Region, Account);

/// Who is meant: those that exist, are not closing and are not oneself. `None` where nobody is left.
async fn chosen(here: &Administrator, of: &str) -> Result<Option<Vec<Chosen>>, PageError> {
    let mut ids: Vec<(Region, AccountId)> =
        of.split('_').filter(|one| !one.is_empty()).map(parse).collect::<Result<_, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST {
        return Err(PageError::BadRequest("more accounts than can be deleted at once"));
    }
    let (regions, own) = (here.site.regions.clone(), here.account.id);
    let found = blocking::run(move || {
        let mut found = Vec::new();
        for (region, id) in ids {
            let Some(store) = regions.store(region) else { continue };
            let account = store.read_now(|db| account::by_id(db, id))?;
            found.extend(account.map(|account| (region, account)));
        }
        Ok::<_, crate::db::DbError>(found)
    });
    let mut found = found.await??;
    found.retain(|(_, account)| account.id != own && account.status != Status::Closing);
    Ok((!found.is_empty()).then_some(found))
}

fn parse(one: &str) -> Result<(Region, AccountId), PageError> {
    let pair = one.split_once('.').and_then(|(region, id)| Some((region.parse().ok()?, id.parse().ok()?)));
    pair.ok_or(PageError::BadRequest("the selection cannot be read"))
}

fn nobody(here: &Administrator) -> HttpResponse {
    flash::set(&here.cookie, FlashKind::Warn, "Nobody was selected whose account could be deleted here.");
    Visitor::redirect(links::ADMIN_ACCOUNTS)
}

pub async fn show(here: Administrator, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    here.confirmed(DEED, &links::admin_delete_selected(&asked.0.of))?;
    let Some(chosen) = chosen(&here, &asked.0.of).await? else { return Ok(nobody(&here)) };
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    let typed = ManyTyped { of: asked.0.of, when, ..ManyTyped::default() };
    draw(&here, chosen, StatusCode::OK, typed, FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    chosen: Vec<Chosen>,
    status: StatusCode,
    typed: ManyTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let ids: Vec<(Region, AccountId)> = chosen.iter().map(|(region, account)| (*region, account.id)).collect();
    let site = here.site.clone();
    let lines = blocking::run(move || {
        let each = ids.into_iter().map(|(region, id)| consequences::of_account(&site.regions, &site.files, region, id));
        Ok::<Vec<Line>, CountError>(consequences::sum(each.collect::<Result<Vec<_>, _>>()?))
    });
    let lines = lines.await??;
    let zone = words::zone(&here.account.time_zone);
    let count = chosen.len();
    let page = here.admin_page(
        "accounts",
        &format!("Delete {count} accounts"),
        "What follows was counted a moment ago by the code that will do it. Nothing has happened yet.",
    );
    let page = DeleteManyPage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        people: chosen.into_iter().map(person).collect(),
        count,
        of: typed.of.clone(),
        goes: goes::goes(&lines),
        counted: words::at(here.act.now, &zone),
        name_days: NAME_HELD_DAYS,
        choices: goes::choices(
            here.act.now,
            here.site.config.deletion_grace_days,
            &zone,
            "an administrator can bring each of them back.",
        ),
        typed,
        errors,
    };
    frame::html(status, &page)
}

fn person((region, account): Chosen) -> Person {
    Person {
        link: links::admin_account(region, account.id),
        name: account.name,
        username: account.username.to_string(),
        region,
    }
}

/// `POST /admin/accounts/delete`
pub async fn submit(here: Administrator, form: Form<ManyTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    here.confirmed(DEED, &links::admin_delete_selected(&typed.of))?;
    let Some(chosen) = chosen(&here, &typed.of).await? else { return Ok(nobody(&here)) };
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", "You signed in again meanwhile. Nothing was deleted yet.");
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    let reason = goes::reason(&mut errors, &typed.reason);
    if typed.confirm.trim() != chosen.len().to_string() {
        errors.add("confirm", "Number", "This is not the number of accounts above.");
    }
    let (Some((when, reason)), true) = (when.zip(reason), errors.is_empty()) else {
        return draw(&here, chosen, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let accounts: Vec<(Region, AccountId)> = chosen.iter().map(|(region, account)| (*region, account.id)).collect();
    let (act, by) = (here.act.clone(), here.account.id);
    let job = here.write(move |db| many::request(db, &act, by, &accounts, &reason, when)).await?;
    let job = job.ok_or_else(|| PageError::Internal("the job was not queued".to_owned()))?;
    Ok(Visitor::redirect(&links::admin_deletion(here.region, job)))
}
