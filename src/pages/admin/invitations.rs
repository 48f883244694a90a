//! `/admin/accounts/invitations`: asking people to sign up, and taking it back.
//!
//! Rule: each address stands for itself. Those that can be invited are; the others come back with their reasons, so that
//! what is left in the form is what is left to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::config::Registration;
use crate::entry::invitation::{self, Admission, Invited};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::flash;
use crate::http::form::{Form, Query};
use crate::http::page::{Flash, FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AdmissionId;
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::typed_addresses::{self, MOST_AT_ONCE, Refused};
use crate::pages::{frame, links};

pub(super) const DEED: &str = "invite people to sign up";
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "pages/admin/invitations.html")]
struct InvitationsPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: InviteTyped,
    refused: Vec<Refused>,
    registration: Registration,
    asked: Asked,
    /// Why what was searched for is no address.
    strange: Option<&'static str>,
    csv: String,
    open: Vec<Line>,
    /// There are newer ones before this page.
    newest: Option<String>,
    older: Option<String>,
}

/// One open invitation.
struct Line {
    id: AdmissionId,
    address: String,
    sent: When,
    ends: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct InviteTyped {
    addresses: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct WithdrawTyped {
    invitation: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A whole address: they are sealed, and found by their digest.
    q: String,
    before: String,
}

impl Asked {
    /// The address that is searched for. `Err`: what was typed is none, so nothing can be found.
    pub(super) fn address(&self) -> Result<Option<EmailAddress>, &'static str> {
        match self.q.trim() {
            "" => Ok(None),
            typed => EmailAddress::parse(typed).map(Some).map_err(|_| "Type the whole email address."),
        }
    }

    fn before(&self) -> Result<Option<AdmissionId>, PageError> {
        match self.before.as_str() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| PageError::BadRequest("the page cannot be told from its address")),
        }
    }

    fn at(&self, before: &str) -> String {
        links::admin_invitations(&[("q", &self.q), ("before", before)])
    }
}

/// `GET /admin/accounts/invitations`
pub async fn show(here: Administrator, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    // Asked for before the form, so that nothing typed is lost to it.
    here.confirmed(DEED, links::ADMIN_INVITATIONS)?;
    let page = page(&here, asked.0, InviteTyped::default(), FieldErrors::new()).await?;
    frame::html(StatusCode::OK, &page)
}

/// `POST /admin/accounts/invitations`
pub async fn submit(here: Administrator, form: Form<InviteTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nobody was invited yet."));
        return again(&here, typed, errors).await;
    }
    here.confirmed(DEED, links::ADMIN_INVITATIONS)?;
    if here.site.config.registration == Registration::Closed {
        return Err(PageError::Forbidden("sign-up is closed on this instance, for invited people too"));
    }
    let mut refused = Vec::new();
    let words = typed_addresses::split(&typed.addresses);
    let wrong = match words.len() {
        0 => "Enter the address of whoever is to sign up.".to_owned(),
        more if more > MOST_AT_ONCE => format!("Invite at most {MOST_AT_ONCE} at once. Nobody was invited yet."),
        _ => String::new(),
    };
    if !wrong.is_empty() {
        return again(&here, typed, FieldErrors::one("addresses", "Email addresses", wrong)).await;
    }
    let mut invited = 0;
    for address in typed_addresses::read(&words, &mut refused) {
        let (site, by) = (&here.site, here.account.id);
        match invitation::invite(&site.regions, &here.store, &here.act, by, &address).await? {
            Invited::Yes => invited += 1,
            Invited::HasAccount => refused.push(Refused::new(address.as_str(), "An account has this address.")),
            Invited::EnoughMails => {
                refused.push(Refused::new(address.as_str(), "It had enough mails for now. Try again in an hour."));
            }
        }
    }
    here.site.wake.notify_one();
    let sent = match invited {
        1 => "The invitation is on its way.".to_owned(),
        more => format!("{} are on their way.", words::count(more, "invitation", "invitations")),
    };
    if refused.is_empty() {
        return Ok(here.done(links::ADMIN_INVITATIONS, &sent));
    }
    let left = refused.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join("\n");
    let errors = FieldErrors::one("addresses", "Email addresses", "What is left here was not invited.");
    let mut page = page(&here, Asked::default(), InviteTyped { addresses: left }, errors).await?;
    page.refused = refused;
    if invited > 0 {
        page.page.flash = Some(Flash { kind: FlashKind::Good, text: sent, undo: None });
    }
    frame::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /admin/accounts/invitations/withdraw`
pub async fn withdraw(here: Administrator, form: Form<WithdrawTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        flash::set(
            &here.cookie,
            FlashKind::Warn,
            "Nothing was withdrawn yet. Press it once more if you still want to.",
        );
        return Ok(Visitor::redirect(links::ADMIN_INVITATIONS));
    }
    here.confirmed(DEED, links::ADMIN_INVITATIONS)?;
    let id: AdmissionId = form.typed.invitation.parse().map_err(|_| PageError::NotFound)?;
    let is_only_way = here.site.config.registration != Registration::Open;
    let regions = &here.site.regions;
    if invitation::withdraw(regions, &here.store, &here.act, here.account.id, id, is_only_way).await? {
        return Ok(here.done(links::ADMIN_INVITATIONS, "Withdrawn. Its link no longer works."));
    }
    flash::set(&here.cookie, FlashKind::Warn, "That invitation was used, replaced or withdrawn meanwhile.");
    Ok(Visitor::redirect(links::ADMIN_INVITATIONS))
}

async fn again(here: &Administrator, typed: InviteTyped, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    frame::html(StatusCode::UNPROCESSABLE_ENTITY, &page(here, Asked::default(), typed, errors).await?)
}

async fn page(
    here: &Administrator,
    asked: Asked,
    typed: InviteTyped,
    errors: FieldErrors,
) -> Result<InvitationsPage, PageError> {
    let (before, of, act) = (asked.before()?, asked.address(), here.act.clone());
    let strange = of.as_ref().err().copied();
    let directory = &here.site.regions.directory;
    let mut open = match of {
        Ok(of) => directory.read(move |db| invitation::open_ones(db, &act, of.as_ref(), before, ROWS + 1)).await?,
        Err(_) => Vec::new(),
    };
    let has_more = open.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        open.pop();
    }
    let older = open.last().filter(|_| has_more).map(|last| asked.at(last.id.as_str()));
    let frame = here.admin_page("accounts", "Invitations", "Ask people by mail to sign up on this instance.");
    Ok(InvitationsPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        refused: Vec::new(),
        registration: here.site.config.registration,
        open: open.iter().map(|one| line(here, one)).collect(),
        newest: before.map(|_| asked.at("")),
        older,
        strange,
        csv: links::csv(links::ADMIN_INVITATIONS, &[("q", &asked.q)]),
        asked,
    })
}

fn line(here: &Administrator, one: &Admission) -> Line {
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    Line {
        id: one.id,
        address: one.address.to_string(),
        sent: words::relative(one.created_at, now, &zone).in_sentence(),
        ends: words::relative(one.expires_at, now, &zone).in_sentence(),
    }
}
