//! `/sign-up`: who somebody is and where their data shall live.
//!
//! Rule: whether an address has an account is told to nobody but its owner. Only a username may be called taken.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::blocking::{self, NotJudged};
use super::door::{self, SignUpState};
use super::guards::Visitor;
use super::joining::{self, Found};
use super::{frame, links};
use crate::config::Registration;
use crate::crypto::password::Password;
use crate::entry::EntryError;
use crate::entry::invitation::{self, Admission};
use crate::entry::sign_up::{self, NewPerson, SignUpError};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::http::small_cookies::{self, Small};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::names::{Username, person_name};
use crate::kernel::region::Region;
use crate::regions::Regions;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpTyped {
    pub email: String,
    pub password: String,
    pub name: String,
    pub username: String,
    pub region: String,
}

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct SignUpPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    typed: &'a SignUpTyped,
    where_to: WhereTo,
    least: u32,
    /// The address an invitation is for; it cannot be another.
    invited: Option<String>,
    /// The region of the organization that invites.
    fixed: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "pages/sign_up_closed.html")]
struct ClosedPage {
    page: PageFrame,
}

/// What is asked about regions. With one region there is nothing to choose.
pub struct WhereTo {
    pub choices: Vec<Choice>,
    /// Served elsewhere: the name and the address.
    pub elsewhere: Vec<(&'static str, String)>,
}

impl WhereTo {
    /// Nothing to choose.
    pub fn nowhere() -> Self {
        Self { choices: Vec::new(), elsewhere: Vec::new() }
    }

    pub fn of(regions: &Regions) -> Self {
        if regions.only().is_some() {
            return Self::nowhere();
        }
        let choice = |region: Region| Choice::new(region.as_str(), region.title()).with_note(sentence_of(region));
        let choices = regions.served().map(|(region, _)| choice(region)).collect();
        let elsewhere =
            regions.choices().into_iter().filter_map(|(region, url)| Some((region.title(), url?.to_owned())));
        Self { choices, elsewhere: elsewhere.collect() }
    }
}

/// What a region decides.
const fn sentence_of(region: Region) -> &'static str {
    match region {
        Region::Us => "Your account, your files and your usage are stored in the United States.",
        Region::Eu => "Your account, your files and your usage are stored in the European Union.",
        Region::Ap => "Your account, your files and your usage are stored in the Asia-Pacific region.",
    }
}

/// Whether this visitor may sign up at all.
enum Admitted {
    Anybody,
    Invited(Admission),
    /// Into an organization, which decides the region too.
    Joining(Found),
    Nobody,
}

impl Admitted {
    /// The address that an invitation is for, and the region it leaves no choice of.
    fn bounds(&self) -> (&str, Option<Region>) {
        match self {
            Self::Invited(admission) => (admission.address.as_str(), None),
            Self::Joining(found) => (&found.waiting.invitation.email, Some(found.region)),
            Self::Anybody | Self::Nobody => ("", None),
        }
    }
}

/// `GET /sign-up`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    if here.signed_in().await?.is_some() {
        return Ok(Visitor::redirect(links::ACCOUNT));
    }
    match admitted(&here).await? {
        Admitted::Nobody => closed(&here),
        admitted => {
            let typed = SignUpTyped::default();
            frame::html(StatusCode::OK, &page(&here, &admitted, &typed, FieldErrors::new()))
        }
    }
}

/// `POST /sign-up`
pub async fn submit(here: Visitor, form: Form<SignUpTyped>) -> Result<HttpResponse, PageError> {
    let admitted = admitted(&here).await?;
    let mut typed = form.typed;
    match &admitted {
        Admitted::Nobody => return closed(&here),
        Admitted::Invited(_) | Admitted::Joining(_) => {
            let (invited, region) = admitted.bounds();
            // Also when it was left out: nobody has to type it.
            let is_another = !typed.email.is_empty() && typed.email.trim() != invited;
            invited.clone_into(&mut typed.email);
            if let Some(region) = region {
                region.as_str().clone_into(&mut typed.region);
            }
            if is_another {
                let errors = FieldErrors::one("email", "Email", "The invitation is for this address and no other.");
                return door::again(&page(&here, &admitted, &typed, errors));
            }
        }
        Admitted::Anybody => {}
    }
    let new = match check(&here, &typed).await {
        Ok(Ok(new)) => new,
        Ok(Err(errors)) => return door::again(&page(&here, &admitted, &typed, errors)),
        Err(NotJudged::Later(wait)) => return door::later(&page(&here, &admitted, &typed, door::too_many(wait)), wait),
        Err(NotJudged::Failed(error)) => return Err(error),
    };
    let address = new.email.to_string();
    match sign_up::begin(&here.site.regions, &here.site.hasher, &here.act, new).await {
        Ok(pending) => {
            here.leave_session().await?;
            here.wait_for_sign_up_code(&SignUpState { pending, address });
            here.site.wake.notify_one();
            Ok(Visitor::redirect(links::SIGN_UP_CODE))
        }
        Err(SignUpError::NameTaken) => door::again(&page(&here, &admitted, &typed, name_taken())),
        Err(SignUpError::Entry(EntryError::TooMany(too_many))) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &admitted, &typed, door::too_many(wait)), wait)
        }
        Err(SignUpError::Entry(error)) => Err(error.into()),
        Err(SignUpError::Database(error)) => Err(error.into()),
    }
}

pub fn name_taken() -> FieldErrors {
    FieldErrors::one("username", "Username", "Somebody has this username already. Choose another.")
}

/// Every field on its own, so that all that is wrong is said at once.
pub async fn check(here: &Visitor, typed: &SignUpTyped) -> Result<Result<NewPerson, FieldErrors>, NotJudged> {
    let mut errors = FieldErrors::new();
    let email = errors.keep("email", "Email", EmailAddress::parse(&typed.email));
    let password = Password::from_typed(&typed.password);
    let personal = [typed.username.as_str(), typed.name.as_str(), typed.email.as_str()];
    let personal = personal.map(|text| &text[..text.floor_char_boundary(300)]);
    let strong = blocking::strength(&here.site, &here.act, &password, &personal).await?;
    let is_strong = errors.keep("password", "Password", strong);
    let name = errors.keep("name", "Name", person_name(&typed.name));
    let username = errors.keep("username", "Username", Username::parse(&typed.username));
    let region = errors.keep("region", "Region", region(&here.site.regions, &typed.region));
    let (Some(email), Some(()), Some(name), Some(username), Some(region)) = (email, is_strong, name, username, region)
    else {
        return Ok(Err(errors));
    };
    let plan = here.site.config.plans.first().id.clone();
    Ok(Ok(NewPerson { region, email, username, name, password, plan }))
}

fn region(regions: &Regions, typed: &str) -> Result<Region, &'static str> {
    if let Some(only) = regions.only() {
        return Ok(only);
    }
    let chosen = typed.parse().ok().filter(|region| regions.store(*region).is_some());
    chosen.ok_or("Choose where your data is to live.")
}

async fn admitted(here: &Visitor) -> Result<Admitted, PageError> {
    if let Some(token) = small_cookies::read(&here.request, &here.site, Small::Link)
        && here.site.config.registration != Registration::Closed
    {
        let act = here.act.clone();
        let found = here.site.regions.directory.read(move |db| invitation::live(db, &act, &token)).await?;
        if let Some(admission) = found {
            return Ok(Admitted::Invited(admission));
        }
        if let Some(found) = joining::kept(here).await? {
            return Ok(Admitted::Joining(found));
        }
    }
    Ok(match here.site.config.registration {
        Registration::Open => Admitted::Anybody,
        Registration::Invited | Registration::Closed => Admitted::Nobody,
    })
}

fn closed(here: &Visitor) -> Result<HttpResponse, PageError> {
    let sentence = match here.site.config.registration {
        Registration::Invited => "An account is made by invitation here. Open the link in the mail that invites you.",
        Registration::Open | Registration::Closed => "New accounts are not being made here at the moment.",
    };
    frame::html(StatusCode::FORBIDDEN, &ClosedPage { page: here.page("Sign-up is closed", sentence) })
}

fn page<'a>(here: &Visitor, admitted: &Admitted, typed: &'a SignUpTyped, errors: FieldErrors) -> SignUpPage<'a> {
    let title = format!("Create your {} account", here.site.config.name);
    let frame = here.page(&title, "One account for everything here. It takes a minute.");
    let (invited, fixed) = admitted.bounds();
    SignUpPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        where_to: if fixed.is_some() { WhereTo::nowhere() } else { WhereTo::of(&here.site.regions) },
        fixed: fixed.map(Region::title),
        least: u32::try_from(here.site.config.password_min).unwrap_or(u32::MAX),
        invited: (!invited.is_empty()).then(|| invited.to_owned()),
    }
}
