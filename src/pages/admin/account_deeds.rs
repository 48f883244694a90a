//! `POST /admin/accounts/{region}/{id}`: what the buttons on the page of one account do.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::account;
use super::target::{self, Address, Target};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::words;
use crate::kernel::id::SessionId;
use crate::lifecycle::{LifecycleError, administration, cancelling, mfa_reset, sessions_ended, suspension};
use crate::pages::guards::Administrator;
use crate::pages::{blocking, goes};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeedTyped {
    /// The button that was pressed.
    #[serde(rename = "do")]
    pub deed: String,
    pub reason: String,
    pub session: String,
}

pub async fn submit(here: Administrator, address: Address, form: Form<DeedTyped>) -> Result<HttpResponse, PageError> {
    let target = target::find(&here, address).await?;
    let typed = form.typed;
    if form.is_resumed {
        return account::again(&here, target, typed, FieldErrors::whole(as_left("Nothing was done yet."))).await;
    }
    match typed.deed.as_str() {
        "end" => end(&here, target, Some(&typed.session)).await,
        "end-all" => end(&here, target, None).await,
        "suspend" | "reinstate" => suspend_or_reinstate(&here, target, typed).await,
        "reset-mfa" | "keep-mfa" => reset_mfa(&here, target, &typed.deed).await,
        "make-administrator" | "withdraw" => rights(&here, target, &typed.deed).await,
        "keep-account" => keep(&here, target).await,
        _ => Err(PageError::BadRequest("the button is not one of this page")),
    }
}

async fn end(here: &Administrator, target: Target, one: Option<&str>) -> Result<HttpResponse, PageError> {
    let one: Option<SessionId> = one.map(str::parse).transpose().map_err(|_| PageError::NotFound)?;
    let (act, by, id) = (here.act.clone(), Some(here.account.id), target.account.id);
    let ended = target.store.write(move |db| sessions_ended::end(db, &act, by, id, one)).await?;
    if ended == 0 {
        return Ok(target.refused(here, "That session had ended already."));
    }
    Ok(target.done(here, &format!("{} ended. The owner was told.", words::count(ended, "session", "sessions"))))
}

async fn suspend_or_reinstate(
    here: &Administrator,
    target: Target,
    typed: DeedTyped,
) -> Result<HttpResponse, PageError> {
    if target.is_self {
        return Err(PageError::Forbidden("administrators do not suspend themselves"));
    }
    let mut errors = FieldErrors::new();
    let Some(reason) = goes::reason(&mut errors, &typed.reason) else {
        return account::again(here, target, typed, errors).await;
    };
    here.confirmed("suspend or reinstate an account", &target.link())?;
    let (act, by, id) = (here.act.clone(), here.account.id, target.account.id);
    let is_suspending = typed.deed == "suspend";
    let done = target.store.write(move |db| {
        let change = if is_suspending { suspension::suspend } else { suspension::reinstate };
        change(db, &act, by, id, &reason)
    });
    match done.await {
        Ok(()) if is_suspending => Ok(target.done(here, "Suspended. Every session has ended, and the owner was told.")),
        Ok(()) => Ok(target.done(here, "Reinstated. The owner was told.")),
        Err(error) => refused(here, &target, error),
    }
}

async fn reset_mfa(here: &Administrator, target: Target, deed: &str) -> Result<HttpResponse, PageError> {
    here.confirmed("reset somebody's second factor", &target.link())?;
    let (act, by, id, region) = (here.act.clone(), here.account.id, target.account.id, target.region);
    let done = if deed == "keep-mfa" {
        target.store.write(move |db| mfa_reset::cancel(db, &act, by, id)).await
    } else {
        target.store.write(move |db| mfa_reset::request(db, &act, region, Some(by), id)).await
    };
    match done {
        Ok(()) if deed == "keep-mfa" => Ok(target.done(here, "The reset was taken back.")),
        Ok(()) => Ok(target.done(
            here,
            "The reset takes effect in 24 hours, or when the owner confirms it from the mail they were sent.",
        )),
        Err(error) => refused(here, &target, error),
    }
}

async fn rights(here: &Administrator, target: Target, deed: &str) -> Result<HttpResponse, PageError> {
    if target.is_self {
        return Err(PageError::Forbidden("administrators do not change their own rights"));
    }
    here.confirmed("change who is an administrator", &target.link())?;
    let (site, act, by, id, region) =
        (here.site.clone(), here.act.clone(), Some(here.account.id), target.account.id, target.region);
    let is_making = deed == "make-administrator";
    let done = blocking::run(move || {
        let change = if is_making { administration::make } else { administration::withdraw };
        change(&site.regions, region, &act, by, id)
    });
    match done.await? {
        Ok(()) if is_making => Ok(target.done(here, "An administrator from now on. The owner was told.")),
        Ok(()) => Ok(target.done(here, "No longer an administrator. The owner was told.")),
        Err(LifecycleError::NoSecondFactor) => {
            Ok(target
                .refused(here, "Nothing was done: an administrator needs an authenticator app, and there is none."))
        }
        Err(error) => refused(here, &target, error),
    }
}

async fn keep(here: &Administrator, target: Target) -> Result<HttpResponse, PageError> {
    let (site, act, by, id, region) =
        (here.site.clone(), here.act.clone(), Some(here.account.id), target.account.id, target.region);
    let kept = blocking::run(move || cancelling::by_administrator(&site.regions, region, &act, by, id)).await?;
    match kept {
        Ok(()) => Ok(target.done(here, "The account stays, as it was. The owner was told.")),
        Err(error) => refused(here, &target, error),
    }
}

/// What kept it from being done, in words. The page below shows how things stand now.
fn refused(here: &Administrator, target: &Target, error: LifecycleError) -> Result<HttpResponse, PageError> {
    let sentence = match error {
        LifecycleError::IsNow(status) => format!("Nothing was done: the account is {status} now."),
        LifecycleError::LastAdministrator => {
            "Nothing was done: this is the last administrator. Make somebody else one first.".to_owned()
        }
        LifecycleError::IsAdministrator => {
            "Nothing was done: this is an administrator. Withdraw that first.".to_owned()
        }
        LifecycleError::NoSecondFactor => "Nothing was done: there is no second factor to reset.".to_owned(),
        other => return Err(other.into()),
    };
    Ok(target.refused(here, &sentence))
}
