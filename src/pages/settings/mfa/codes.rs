//! `/settings/mfa/codes`: the recovery codes, on the one page that ever shows them, and making new ones.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::mfa::recovery_codes;
use crate::mfa::setting::{self, RECOVERY_CODES};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{frame, links};
use crate::sessions::{session, shown_once};

const DEED: &str = "make new recovery codes";

#[derive(Template)]
#[template(path = "pages/settings/mfa/codes.html")]
struct CodesPage {
    page: PageFrame,
    errors: FieldErrors,
    /// Empty when they were shown before.
    codes: Vec<String>,
    sheet: Sheet,
}

/// What stands on paper and in the file: whose codes, where, since when.
struct Sheet {
    title: String,
    sentence: String,
    file_name: String,
    file_text: String,
}

impl Sheet {
    fn of(product: &str, host: &str, username: &str, made: &str, codes: &[String]) -> Self {
        let title = format!("{product} recovery codes");
        let sentence =
            format!("{username} at {host}. Made {made}. Each code works once, in place of the code from the app.");
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        Self {
            file_name: format!("{}-recovery-codes.txt", product.chars().map(plain).collect::<String>()),
            file_text: format!("{title}\n{sentence}\n\n{}\n", codes.join("\n")),
            title,
            sentence,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct KeptTyped {
    kept: String,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    // Asking for the headers alone, or ahead of the person, must not use up the one look.
    if *here.request.method() == Method::HEAD {
        return Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").finish());
    }
    if is_ahead(&here.request) {
        return Ok(HttpResponse::ServiceUnavailable().finish());
    }
    let (act, session) = (here.act.clone(), here.session.id);
    let shown = here.write(move |db| shown_once::take(db, &act, session, RECOVERY_CODES)).await?;
    match shown {
        Some(codes) => answer(&here, StatusCode::OK, codes.lines().map(str::to_owned).collect(), FieldErrors::new()),
        None => Ok(Visitor::redirect(links::MFA)),
    }
}

/// A browser that fetches what somebody may want to see next says so.
fn is_ahead(request: &HttpRequest) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let purpose = request.headers().get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        purpose.contains("prefetch") || purpose.contains("preview")
    })
}

/// One of them typed back: both sides know then that they are kept.
pub async fn check(here: SignedIn, form: Form<KeptTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::super::press_again(&here, links::MFA));
    }
    let (act, account, typed) = (here.act.clone(), here.account.id, form.typed.kept);
    let is_kept = here.write(move |db| setting::check_recovery_codes(db, &act, account, &typed)).await?;
    if is_kept {
        return Ok(here.done(links::MFA, "Your recovery codes are kept. The one you typed stays usable."));
    }
    let text = "This is not one of your unused codes. Type one from where you kept them.";
    let errors = FieldErrors::one("kept", "Type one of them back", text);
    answer(&here, StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), errors)
}

fn answer(
    here: &SignedIn,
    status: StatusCode,
    codes: Vec<String>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = here.page("mfa", "Recovery codes", "For the day your phone is lost.");
    page.has_error = status != StatusCode::OK;
    let zone = words::zone(&here.account.time_zone);
    let made = words::day(here.act.now, &zone).text;
    let sheet = Sheet::of(&page.product, &page.host, here.account.username.as_str(), &made, &codes);
    frame::html(status, &CodesPage { page, errors, codes, sheet })
}

#[derive(Template)]
#[template(path = "pages/settings/mfa/new_codes.html")]
struct NewCodesPage {
    page: PageFrame,
    left: i64,
}

pub async fn ask(here: SignedIn) -> Result<HttpResponse, PageError> {
    if !here.account.has_mfa {
        return Ok(Visitor::redirect(links::MFA));
    }
    here.confirmed(DEED, links::MFA_NEW_CODES)?;
    let account = here.account.id;
    let left = here.read(move |db| recovery_codes::left(db, account)).await?;
    let page = here.page("mfa", "New recovery codes", "Ten new ones take the place of those you have.");
    frame::html(StatusCode::OK, &NewCodesPage { page, left })
}

pub async fn make(here: SignedIn, form: Form<KeptTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::super::press_again(&here, links::MFA_NEW_CODES));
    }
    here.confirmed(DEED, links::MFA_NEW_CODES)?;
    let (act, account, region, session) = (here.act.clone(), here.account.clone(), here.region, here.session.id);
    let made = here
        .write(move |db| {
            if !setting::renew_recovery_codes(db, &act, &account, session)? {
                return Ok::<_, crate::db::DbError>(None);
            }
            session::renew(db, &act, region, session).map(Some)
        })
        .await?;
    let Some(token) = made else { return Ok(Visitor::redirect(links::MFA)) };
    super::super::carry_on(&here, token);
    Ok(here.done(links::MFA_CODES, "These are your new recovery codes. The old ones no longer work."))
}
