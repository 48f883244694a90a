//! `/admin/accounts/{region}/{id}/delete`: the consequences of deleting somebody's account, and the button that does it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::target::{self, Address, Target};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::lifecycle::LifecycleError;
use crate::lifecycle::closing::{self, By};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::{consequences, departures};
use crate::pages::fates::{self, Question};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::Administrator;
use crate::pages::{blocking, frame, links};
use crate::sessions::account::Status;

const DEED: &str = "delete somebody's account";

#[derive(Template)]
#[template(path = "pages/admin/delete.html")]
struct DeletePage {
    page: PageFrame,
    link: String,
    action: String,
    name: String,
    username: String,
    email: String,
    goes: Vec<Goes>,
    counted: When,
    name_days: u64,
    choices: Vec<Choice>,
    typed: DeleteTyped,
    errors: FieldErrors,
    questions: Vec<Question>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeleteTyped {
    when: String,
    reason: String,
    confirm: String,
    #[serde(flatten)]
    others: fates::Typed,
}

/// The account, if it may be deleted here at all, and the administrator confirmed that it is them.
async fn open(here: &Administrator, address: Address) -> Result<Target, PageError> {
    let target = target::find(here, address).await?;
    if target.is_self {
        return Err(PageError::SeeOther(links::DELETE_ACCOUNT.to_owned()));
    }
    if target.account.status == Status::Closing {
        return Err(PageError::SeeOther(target.link()));
    }
    here.confirmed(DEED, &links::admin_delete(target.region, target.account.id))?;
    Ok(target)
}

pub async fn show(here: Administrator, address: Address) -> Result<HttpResponse, PageError> {
    let target = open(&here, address).await?;
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    let typed = DeleteTyped { when, ..DeleteTyped::default() };
    draw(&here, &target, StatusCode::OK, typed, FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    target: &Target,
    status: StatusCode,
    typed: DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (site, region, id) = (here.site.clone(), target.region, target.account.id);
    let lines = blocking::run(move || consequences::of_account(&site.regions, &site.files, region, id)).await??;
    let orphans = target.store.read(move |db| departures::orphans(db, id)).await?;
    let zone = words::zone(&here.account.time_zone);
    let page = here.admin_page("accounts", "Delete account", goes::COUNTED);
    let page = DeletePage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        link: target.link(),
        action: links::admin_delete(region, id),
        name: target.account.name.clone(),
        username: target.account.username.to_string(),
        email: target.account.email.clone(),
        goes: goes::goes(&lines),
        counted: words::at(here.act.now, &zone),
        name_days: NAME_HELD_DAYS,
        choices: goes::choices(
            here.act.now,
            here.site.config.deletion_grace_days,
            &zone,
            "an administrator can bring it back.",
        ),
        questions: fates::questions(&orphans, &typed.others, !errors.is_empty()),
        typed,
        errors,
    };
    frame::html(status, &page)
}

pub async fn submit(here: Administrator, address: Address, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    let target = open(&here, address).await?;
    let typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was deleted yet."));
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    let reason = goes::reason(&mut errors, &typed.reason);
    goes::username(&mut errors, &typed.confirm, target.account.username.as_str());
    let id = target.account.id;
    let orphans = target.store.read(move |db| departures::orphans(db, id)).await?;
    let fates = fates::chosen(&mut errors, &orphans, &typed.others);
    let (Some((when, reason)), true) = (when.zip(reason), errors.is_empty()) else {
        return draw(&here, &target, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let by = By::Administrator { id: Some(here.account.id), reason };
    let (site, act, region) = (here.site.clone(), here.act.clone(), target.region);
    match blocking::run(move || closing::close_with(&site.regions, region, &act, id, &by, when, &fates)).await? {
        Ok(_) if when == closing::When::Immediately => {
            here.site.wake.notify_one();
            Ok(here.done(links::ADMIN_ACCOUNTS, &format!("{} is being erased.", target.account.username)))
        }
        Ok(_) => Ok(target.done(&here, "Closed. Every session has ended, and the owner was told.")),
        Err(LifecycleError::LastAdministrator) => {
            let errors = FieldErrors::whole("This is the last administrator. Make somebody else one first.");
            draw(&here, &target, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await
        }
        Err(LifecycleError::SoleOwner) => {
            let errors = FieldErrors::whole("The organizations changed meanwhile. Look at what becomes of each.");
            draw(&here, &target, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await
        }
        Err(LifecycleError::IsNow(_)) => Ok(target.refused(&here, "It was closing already.")),
        Err(error) => Err(error.into()),
    }
}
