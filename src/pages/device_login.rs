//! `/login/device`: a program asks to sign in as the person who sits here (RFC 8628, section 3.3).
//!
//! Rule: an address only fills the code in; nothing is looked up before it is sent, and nothing is allowed before the
//! person has seen who asks. Whoever sent somebody the code may be somebody else: the page says so.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::guards::{SignedIn, Visitor};
use super::settings::press_again;
use super::{door, frame, links};
use crate::crypto::user_code;
use crate::entry::EntryError;
use crate::entry::device_login::{self, Person};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::{Form, Query};
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::origin::{agent_in_words, machine_of, read_agent};
use crate::regions::device_requests::DeviceRequest;
use crate::sessions::shown_once;

/// What waits in the session between the two pages.
const KEPT: &str = "device";
const DEED: &str = "let a program sign in as you";
const OTHER_CODE: &str = "Another code was entered in this browser since. Look again who asks.";
const NO_SUCH_CODE: &str = "No program waits with this code. It is good for ten minutes: begin again there.";

#[derive(Template)]
#[template(path = "pages/device_login.html")]
struct CodePage {
    page: PageFrame,
    errors: FieldErrors,
    code: String,
    is_filled_in: bool,
}

#[derive(Template)]
#[template(path = "pages/device_answer.html")]
struct AnswerPage<'a> {
    page: PageFrame,
    code: String,
    username: &'a str,
    program: String,
    machine: String,
    system: &'static str,
    address: String,
    is_same_address: bool,
    asked: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    user_code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeTyped {
    user_code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AnswerTyped {
    /// What the page showed: another page may have asked for another code since.
    code: String,
    #[serde(rename = "do")]
    deed: String,
}

/// `GET /login/device`
pub async fn show(here: SignedIn, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let code = user_code::tidy(&asked.0.user_code);
    let back = if code.is_empty() { links::DEVICE.to_owned() } else { links::device_with(&code) };
    here.confirmed(DEED, &back)?;
    frame::html(StatusCode::OK, &code_page(&here, &code, !code.is_empty(), FieldErrors::new()))
}

/// `POST /login/device`: looks for who asks with this code. Nothing is decided by it.
pub async fn look(here: SignedIn, form: Form<CodeTyped>) -> Result<HttpResponse, PageError> {
    let code = user_code::tidy(&form.typed.user_code);
    if form.is_resumed {
        return Ok(Visitor::redirect(&links::device_with(&code)));
    }
    here.confirmed(DEED, &links::device_with(&code))?;
    let wrong = |text: &str| code_page(&here, &code, false, FieldErrors::one("user_code", "Code", text));
    if code.is_empty() {
        return door::again(&wrong("Enter the code that the program shows."));
    }
    match device_login::find(&here.site.regions, &here.act, &person(&here), &code).await {
        Ok(Some(_)) => {
            let (act, session) = (here.act.clone(), here.session.id);
            here.write(move |db| shown_once::keep(db, &act, session, KEPT, &code)).await?;
            Ok(Visitor::redirect(links::DEVICE_ANSWER))
        }
        Ok(None) => door::again(&wrong(NO_SUCH_CODE)),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&code_page(&here, &code, false, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /login/device/answer`: who asks, for the person who typed its code in this browser.
pub async fn ask(here: SignedIn) -> Result<HttpResponse, PageError> {
    let Some((code, request)) = found(&here).await? else { return Ok(gone(&here)) };
    frame::html(StatusCode::OK, &answer_page(&here, code, &request))
}

/// `POST /login/device/answer`
pub async fn answer(here: SignedIn, form: Form<AnswerTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(press_again(&here, links::DEVICE_ANSWER));
    }
    here.confirmed(DEED, links::DEVICE_ANSWER)?;
    let is_allowed = match form.typed.deed.as_str() {
        "allow" => true,
        "refuse" => false,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    let Some((code, request)) = found(&here).await? else { return Ok(gone(&here)) };
    if code != form.typed.code {
        flash::set(&here.cookie, FlashKind::Warn, OTHER_CODE);
        return Ok(Visitor::redirect(links::DEVICE_ANSWER));
    }
    let (regions, person) = (&here.site.regions, person(&here));
    let counts = if is_allowed {
        device_login::allow(regions, &here.store, &here.act, &person, &request).await?
    } else {
        device_login::refuse(regions, &here.store, &here.act, &person, &request).await?
    };
    let name = agent_in_words(&request.agent);
    Ok(match (counts, is_allowed) {
        (false, _) => gone(&here),
        (true, true) => {
            here.done(links::SESSIONS, &format!("{name} may sign in. Go back to it: it is listed here in a moment."))
        }
        (true, false) => here.done(links::SESSIONS, &format!("{name} was refused. Nothing of yours was given to it.")),
    })
}

/// The code that was typed last in this browser and the program that waits with it, if it still does.
async fn found(here: &SignedIn) -> Result<Option<(String, DeviceRequest)>, PageError> {
    let (act, session) = (here.act.clone(), here.session.id);
    let kept = here.read(move |db| shown_once::look(db, &act, session, KEPT)).await?;
    let Some(code) = kept else { return Ok(None) };
    let request = device_login::waiting(&here.site.regions, &here.act, &code).await?;
    Ok(request.map(|request| (code.to_string(), request)))
}

fn gone(here: &SignedIn) -> HttpResponse {
    flash::set(&here.cookie, FlashKind::Warn, NO_SUCH_CODE);
    Visitor::redirect(links::DEVICE)
}

fn person(here: &SignedIn) -> Person {
    Person { region: here.region, account: here.account.clone(), session: here.session.clone() }
}

fn code_page(here: &SignedIn, code: &str, is_filled_in: bool, errors: FieldErrors) -> CodePage {
    let frame = here.door_page("Let a program sign in", "With the code that it shows.");
    let page = PageFrame { has_error: !errors.is_empty(), flash: here.flash.clone(), ..frame };
    CodePage { page, errors, code: code.to_owned(), is_filled_in }
}

fn answer_page<'a>(here: &'a SignedIn, code: String, request: &DeviceRequest) -> AnswerPage<'a> {
    let zone = words::zone(&here.account.time_zone);
    let agent = read_agent(&request.agent);
    AnswerPage {
        page: here.door_page("Let it sign in as you?", "Nothing happens until you answer."),
        code,
        username: here.account.username.as_str(),
        program: if agent.program == "Keystead" { agent.program.to_owned() } else { agent_in_words(&request.agent) },
        machine: machine_of(&request.agent).unwrap_or_default().to_owned(),
        system: agent.system,
        address: request.address.clone(),
        is_same_address: request.address == here.act.origin.address_text(),
        asked: words::relative(request.created_at, here.act.now, &zone).in_sentence(),
    }
}
