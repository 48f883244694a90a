//! `/settings/account/delete`: what deleting your account removes, and the button that does it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::http::{flash, session_cookie};
use crate::lifecycle::LifecycleError;
use crate::lifecycle::closing::{self, By};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::{consequences, departures};
use crate::pages::fates::{self, Question};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{blocking, frame, links};

const DEED: &str = "delete your account";

#[derive(Template)]
#[template(path = "pages/settings/delete.html")]
struct DeletePage {
    page: PageFrame,
    username: String,
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
    confirm: String,
    #[serde(flatten)]
    others: fates::Typed,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    here.confirmed(DEED, links::DELETE_ACCOUNT)?;
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    draw(&here, StatusCode::OK, DeleteTyped { when, ..DeleteTyped::default() }, FieldErrors::new()).await
}

async fn draw(
    here: &SignedIn,
    status: StatusCode,
    typed: DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (site, region, id) = (here.site.clone(), here.region, here.account.id);
    let lines = blocking::run(move || consequences::of_account(&site.regions, &site.files, region, id)).await??;
    let orphans = here.read(move |db| departures::orphans(db, id)).await?;
    let zone = words::zone(&here.account.time_zone);
    let page = here.page("account", "Delete your account", goes::COUNTED);
    let page = DeletePage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        username: here.account.username.to_string(),
        goes: goes::goes(&lines),
        counted: words::at(here.act.now, &zone),
        name_days: NAME_HELD_DAYS,
        choices: goes::choices(
            here.act.now,
            here.site.config.deletion_grace_days,
            &zone,
            "a link in our mail brings everything back.",
        ),
        questions: fates::questions(&orphans, &typed.others, !errors.is_empty()),
        typed,
        errors,
    };
    frame::html(status, &page)
}

pub async fn submit(here: SignedIn, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    here.confirmed(DEED, links::DELETE_ACCOUNT)?;
    let typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was deleted yet."));
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    goes::username(&mut errors, &typed.confirm, here.account.username.as_str());
    let id = here.account.id;
    let orphans = here.read(move |db| departures::orphans(db, id)).await?;
    let fates = fates::chosen(&mut errors, &orphans, &typed.others);
    let Some(when) = when.filter(|_| errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let (site, act, region) = (here.site.clone(), here.act.clone(), here.region);
    let close = move || closing::close_with(&site.regions, region, &act, id, &By::Owner, when, &fates);
    let closed = blocking::run(close).await?;
    match closed {
        Ok(_) => {}
        Err(LifecycleError::LastAdministrator) => {
            let errors = FieldErrors::whole(
                "You are the last administrator. Make somebody else one first, or nobody can look after this instance.",
            );
            return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
        }
        Err(LifecycleError::SoleOwner) => {
            let errors = FieldErrors::whole("Your organizations changed meanwhile. Look at what becomes of each.");
            return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
        }
        Err(error) => return Err(error.into()),
    }
    here.site.wake.notify_one();
    session_cookie::sign_out(&here.cookie);
    let sentence = match when {
        closing::When::Immediately => "Everything in it is being erased now. A last mail will say what went.",
        closing::When::After(_) => {
            "A mail says when it will be erased. Until then a link in it brings everything back."
        }
    };
    flash::set(&here.cookie, FlashKind::Good, sentence);
    Ok(Visitor::redirect_forgetting(links::FAREWELL))
}
