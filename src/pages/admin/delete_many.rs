//! Deleting the accounts selected in the list: one preview over all of them, then a job.
//!
//! The selection travels in the address (see [`selection`]), so that the preview can be looked at again and come back to
//! after confirming; what is sent in the end is checked anew.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::selection::{self, Selected};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::flash;
use crate::http::form::{Form, Pairs, Query};
use crate::http::page::{Choice, FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::region::Region;
use crate::lifecycle::consequences::{self, CountError, Line};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::many::{self, MOST};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::{blocking, frame, links};
use crate::regions::administrators;
use crate::sessions::account::{self, Account, Status};

const DEED: &str = "delete many accounts";

#[derive(Template)]
#[template(path = "pages/admin/delete_many.html")]
struct DeleteManyPage {
    page: PageFrame,
    people: Vec<Person>,
    left_out: Vec<LeftOut>,
    /// `2 accounts`
    accounts: String,
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
    /// As its tick box says it.
    pick: String,
    name: String,
    username: String,
    region: Region,
}

struct LeftOut {
    username: String,
    why: &'static str,
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

/// `POST /admin/accounts/selected`: from tick boxes, those of the list or of the preview, each `account[]=region:id`.
pub async fn select(here: Administrator, form: Form<Pairs>) -> Result<HttpResponse, PageError> {
    let ticked = form.typed.iter().filter(|(name, _)| name == "account[]" || name == "account");
    let selected = selection::ticked(ticked.map(|(_, value)| value.as_str()))?;
    if selected.len() > MOST {
        flash::set(&here.cookie, FlashKind::Warn, format!("Select {MOST} accounts at most."));
        return Ok(Visitor::redirect(links::ADMIN_ACCOUNTS));
    }
    Ok(Visitor::redirect(&links::admin_delete_selected(&selection::write(&selected))))
}

/// Who is meant, by username; and who is not, although selected.
struct Chosen {
    accounts: Vec<(Region, Account)>,
    left_out: Vec<LeftOut>,
}

async fn chosen(here: &Administrator, of: &str) -> Result<Chosen, PageError> {
    let selected = selection::read(of)?;
    let (regions, own) = (here.site.regions.clone(), here.account.id);
    let found = blocking::run(move || {
        let mut chosen = Chosen { accounts: Vec::new(), left_out: Vec::new() };
        let administrators = regions.directory.read_now(administrators::all)?;
        for (region, id) in selected {
            let Some(store) = regions.store(region) else { continue };
            let Some(account) = store.read_now(|db| account::by_id(db, id))? else { continue };
            let why = if id == own {
                "It is your own."
            } else if administrators.iter().any(|one| one.account_id == id) {
                "An administrator is withdrawn first."
            } else if account.status == Status::Closing {
                "It is closing already."
            } else {
                chosen.accounts.push((region, account));
                continue;
            };
            chosen.left_out.push(LeftOut { username: account.username.to_string(), why });
        }
        chosen.accounts.sort_by(|(_, one), (_, other)| one.username.as_str().cmp(other.username.as_str()));
        Ok::<_, crate::db::DbError>(chosen)
    });
    Ok(found.await??)
}

fn nobody(here: &Administrator) -> HttpResponse {
    flash::set(&here.cookie, FlashKind::Warn, "Nobody was selected whose account could be deleted here.");
    Visitor::redirect(links::ADMIN_ACCOUNTS)
}

pub async fn show(here: Administrator, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    here.confirmed(DEED, &links::admin_delete_selected(&asked.0.of))?;
    let chosen = chosen(&here, &asked.0.of).await?;
    if chosen.accounts.is_empty() {
        return Ok(nobody(&here));
    }
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    let typed = ManyTyped { of: asked.0.of, when, ..ManyTyped::default() };
    draw(&here, chosen, StatusCode::OK, typed, FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    chosen: Chosen,
    status: StatusCode,
    typed: ManyTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let ids = ids(&chosen);
    // Who was left out does not come back by being sent again.
    let of = selection::write(&ids);
    let site = here.site.clone();
    let lines = blocking::run(move || {
        let each = ids.into_iter().map(|(region, id)| consequences::of_account(&site.regions, &site.files, region, id));
        Ok::<Vec<Line>, CountError>(consequences::sum(&each.collect::<Result<Vec<_>, _>>()?))
    });
    let lines = lines.await??;
    let zone = words::zone(&here.account.time_zone);
    let count = chosen.accounts.len();
    let accounts = words::count(i64::try_from(count).unwrap_or(i64::MAX), "account", "accounts");
    let page = here.admin_page("accounts", &format!("Delete {accounts}"), goes::COUNTED);
    let page = DeleteManyPage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        people: chosen.accounts.into_iter().map(person).collect(),
        left_out: chosen.left_out,
        accounts,
        count,
        of,
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

fn ids(chosen: &Chosen) -> Selected {
    chosen.accounts.iter().map(|(region, account)| (*region, account.id)).collect()
}

fn person((region, account): (Region, Account)) -> Person {
    Person {
        pick: format!("{region}:{}", account.id),
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
    let chosen = chosen(&here, &typed.of).await?;
    if chosen.accounts.is_empty() {
        return Ok(nobody(&here));
    }
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was deleted yet."));
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    let reason = goes::reason(&mut errors, &typed.reason);
    if typed.confirm.trim() != chosen.accounts.len().to_string() {
        errors.add("confirm", "Number", "This is not the number of accounts above.");
    }
    let (Some((when, reason)), true) = (when.zip(reason), errors.is_empty()) else {
        return draw(&here, chosen, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let accounts = ids(&chosen);
    let (act, by) = (here.act.clone(), here.account.id);
    let job = here.write(move |db| many::request(db, &act, by, &accounts, &reason, when)).await?;
    let job = job.ok_or_else(|| PageError::Internal("the job was not queued".to_owned()))?;
    Ok(Visitor::redirect(&links::admin_deletion(here.region, job)))
}
