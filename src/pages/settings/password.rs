//! `/settings/password`: change the password, or set the first one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::accounts::password::{self, Change, ChangeError};
use crate::crypto::password::Password;
use crate::entry::step_up::{self, Attempt, Confirmed};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::pages::guards::SignedIn;
use crate::pages::{blocking, door, frame, links};
use crate::sessions::credential;
use crate::sessions::session;

/// Completes "Confirm it is you to …".
const DEED: &str = "set a password";

#[derive(Template)]
#[template(path = "pages/settings/password.html")]
pub struct PasswordPage {
    pub page: PageFrame,
    pub errors: FieldErrors,
    pub has_password: bool,
    pub asks_code: bool,
    pub least: u32,
    pub least_in_words: String,
    /// For password managers, which file the new one under it.
    pub username: String,
    pub changed: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordTyped {
    current_password: String,
    new_password: String,
    new_password_again: String,
    code: String,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    if !here.account.has_password {
        here.confirmed(DEED, links::PASSWORD)?;
    }
    answer(&here, StatusCode::OK, FieldErrors::new(), false)
}

pub async fn save(here: SignedIn, form: Form<PasswordTyped>) -> Result<HttpResponse, PageError> {
    let account = here.account.id;
    let checked = here.read(move |db| credential::password_hash(db, account)).await?;
    let has_password = checked.is_some();
    if form.is_resumed {
        return answer(&here, StatusCode::OK, FieldErrors::new(), true);
    }
    let typed = form.typed;
    let refuse = |errors| answer(&here, StatusCode::UNPROCESSABLE_ENTITY, errors, false);
    let errors = check(&here, &typed, has_password).await?;
    if !errors.is_empty() {
        return refuse(errors);
    }
    // Counts as the step-up that setting a first password needs beforehand.
    let token = if has_password {
        match confirm(&here, &typed).await? {
            Confirmed::Yes(token) => token,
            Confirmed::WrongPassword => {
                return refuse(FieldErrors::one("current_password", "Current password", "This is not your password."));
            }
            Confirmed::WrongCode => {
                return refuse(FieldErrors::one("code", "One-time code", door::CODE_WRONG));
            }
        }
    } else {
        here.confirmed(DEED, links::PASSWORD)?;
        let (act, region, id) = (here.act.clone(), here.region, here.session.id);
        here.write(move |db| session::renew(db, &act, region, id)).await?
    };
    super::carry_on(&here, token);
    let new = here.site.hasher.hash(&here.act.chance, Password::from_typed(&typed.new_password)).await?;
    let (act, account, session) = (here.act.clone(), here.account.clone(), here.session.id);
    let changed = here
        .write(move |db| {
            let change = Change { account: &account, session, checked: checked.as_ref(), new: &new };
            password::change(db, &act, &change)
        })
        .await;
    match changed {
        Ok(()) => Ok(here.done(links::PASSWORD, "Your password has been changed. Other sessions have ended.")),
        Err(ChangeError::ChangedMeanwhile) => {
            refuse(FieldErrors::whole("The password was changed somewhere else just now. Type the current one again."))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
    }
}

async fn check(here: &SignedIn, typed: &PasswordTyped, has_password: bool) -> Result<FieldErrors, PageError> {
    let account = &here.account;
    let mut errors = FieldErrors::new();
    if has_password && typed.current_password.is_empty() {
        errors.add("current_password", "Current password", "Enter your current password.");
    }
    let new = Password::from_typed(&typed.new_password);
    let personal = [account.username.as_str(), &account.name, &account.email];
    let strong = blocking::strength(&here.site, &here.act, &new, &personal).await?;
    if errors.keep("new_password", "New password", strong).is_some() {
        if Password::from_typed(&typed.new_password_again).as_str() != new.as_str() {
            errors.add("new_password_again", "New password again", door::NOT_TWICE);
        } else if has_password && Password::from_typed(&typed.current_password).as_str() == new.as_str() {
            errors.add("new_password", "New password", "This is the password you have now. Choose another.");
        }
    }
    if has_password && account.has_mfa && typed.code.trim().is_empty() {
        errors.add("code", "One-time code", door::CODE_MISSING);
    }
    Ok(errors)
}

async fn confirm(
    here: &SignedIn,
    typed: &PasswordTyped,
) -> Result<Confirmed<crate::crypto::token::PlainToken>, PageError> {
    let attempt = Attempt {
        region: here.region,
        account: here.account.clone(),
        session: here.session.clone(),
        to: "change your password",
        password: Password::from_typed(&typed.current_password),
        code: typed.code.clone(),
    };
    let site = &here.site;
    Ok(step_up::confirm(&site.regions, &site.hasher, &here.store, &here.act, attempt).await?)
}

fn answer(
    here: &SignedIn,
    status: StatusCode,
    errors: FieldErrors,
    is_resumed: bool,
) -> Result<HttpResponse, PageError> {
    let has_password = here.account.has_password;
    let zone = words::zone(&here.account.time_zone);
    let least = here.site.config.password_min;
    let mut page = here.page("password", "Password", "Changing it signs out every other browser. This one stays.");
    page.has_error = status != StatusCode::OK;
    if is_resumed {
        super::say_resumed(&mut page);
    }
    frame::html(
        status,
        &PasswordPage {
            page,
            errors,
            has_password,
            asks_code: has_password && here.account.has_mfa,
            least: u32::try_from(least).unwrap_or(u32::MAX),
            least_in_words: format!(
                "At least {least} characters. Several unrelated words are easy to remember and hard to guess."
            ),
            username: here.account.username.to_string(),
            changed: here.account.password_changed_at.map(|at| words::relative(at, here.act.now, &zone).in_sentence()),
        },
    )
}
