//! `/invitation`: what an organization's invitation says, and the answer to it.
//!
//! Rule: the link alone joins nothing. Whoever followed it answers with the account that has the invited address, in the
//! organization's region, and by pressing a button.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::guards::{SignedIn, Visitor};
use super::settings::organizations;
use super::{frame, links, mailed_link, reset};
use crate::config::Registration;
use crate::crypto::token::looks_like_token;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::small_cookies::{self, Small};
use crate::http::words::{self, When};
use crate::kernel::region::Region;
use crate::workspaces::invitations::{self, Waiting};

/// An invitation that can be answered, and where its organization lives.
pub struct Found {
    pub region: Region,
    pub waiting: Waiting,
}

/// Who looks at it.
enum Reader {
    Stranger {
        may_sign_up: bool,
    },
    Invited,
    /// Signed in with another address: this one.
    Another {
        email: String,
    },
    /// The right address, in the wrong region.
    Elsewhere {
        region: &'static str,
    },
}

#[derive(Template)]
#[template(path = "pages/joining.html")]
struct JoiningPage {
    page: PageFrame,
    name: String,
    email: String,
    role: &'static str,
    sentence: &'static str,
    region: &'static str,
    ends: When,
    reader: Reader,
    sign_in: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AnswerTyped {
    #[serde(rename = "do")]
    deed: String,
}

/// The invitation behind a link, if it is one into an organization and can be answered now.
pub async fn find(here: &Visitor, token: &str) -> Result<Option<Found>, PageError> {
    let Some(region) = Region::of_token(token).filter(|_| looks_like_token(token)) else { return Ok(None) };
    let Some(store) = here.site.regions.store(region) else { return Ok(None) };
    let (now, token) = (here.act.now, token.to_owned());
    let waiting = store.read(move |db| invitations::by_token(db, now, &token)).await?;
    Ok(waiting.map(|waiting| Found { region, waiting }))
}

/// The one whose link this browser followed.
pub async fn kept(here: &Visitor) -> Result<Option<Found>, PageError> {
    match small_cookies::read(&here.request, &here.site, Small::Link) {
        Some(token) => find(here, &token).await,
        None => Ok(None),
    }
}

pub fn gone(here: &Visitor) -> Result<HttpResponse, PageError> {
    let sentence = "It was answered, taken back, or is older than 14 days. Ask whoever invited you for a new one.";
    reset::gone_page(here, sentence, links::SIGN_IN, "Sign in")
}

/// `GET /invitation`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    let Some(found) = kept(&here).await? else { return gone(&here) };
    let reader = reader(&here, here.signed_in().await?.as_ref(), &found);
    let Found { region, waiting } = found;
    let invitation = waiting.invitation;
    let page = JoiningPage {
        page: here.page(&format!("Join {}?", waiting.title), "Nothing happens until you answer."),
        name: waiting.name,
        email: invitation.email,
        role: invitation.role.title(),
        sentence: invitation.role.sentence(),
        region: region.title(),
        ends: words::relative(invitation.expires_at, here.act.now, &words::zone("UTC")).in_sentence(),
        reader,
        sign_in: links::sign_in_then(links::INVITATION),
    };
    frame::html(StatusCode::OK, &page)
}

fn reader(here: &Visitor, signed_in: Option<&SignedIn>, found: &Found) -> Reader {
    match signed_in {
        None => Reader::Stranger { may_sign_up: here.site.config.registration != Registration::Closed },
        Some(one) if one.account.email_digest != found.waiting.invitation.email_digest => {
            Reader::Another { email: one.account.email.clone() }
        }
        Some(one) if one.region != found.region => Reader::Elsewhere { region: one.region.title() },
        Some(_) => Reader::Invited,
    }
}

/// `POST /invitation`
pub async fn answer(here: Visitor, form: Form<AnswerTyped>) -> Result<HttpResponse, PageError> {
    let Some(found) = kept(&here).await? else { return gone(&here) };
    let Some(one) = here.signed_in().await? else { return Ok(Visitor::redirect(links::INVITATION)) };
    if form.is_resumed || !matches!(reader(&here, Some(&one), &found), Reader::Invited) {
        return Ok(Visitor::redirect(links::INVITATION));
    }
    let id = found.waiting.invitation.id;
    let answered = match form.typed.deed.as_str() {
        "accept" => organizations::accept(&one, id).await?,
        "decline" => organizations::decline(&one, id).await?,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    mailed_link::forget(&here, answered)
}
