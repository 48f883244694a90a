//! Work that asks several databases one after the other, on a thread where it may wait.

use std::time::Duration;

use actix_web::web;

use tokio::sync::Semaphore;

use super::guards::Visitor;
use crate::crypto::act::Act;
use crate::crypto::password::Password;
use crate::crypto::strength::{self, Weak};
use crate::entry::{EntryError, tries};
use crate::http::error::PageError;
use crate::http::site::Site;
use crate::lifecycle::LifecycleError;
use crate::lifecycle::consequences::CountError;
use crate::sessions::throttle::JUDGED;

/// Runs on a blocking thread; a thread that cannot be had is a failure of ours.
pub async fn run<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<Result<T, E>, PageError>
where
    T: Send + 'static,
    E: Send + 'static,
{
    web::block(work).await.map_err(|_| PageError::Internal("the server is stopping".to_owned()))
}

/// How many new passwords are judged at once: what strangers type must not take every thread.
static JUDGES: Semaphore = Semaphore::const_new(2);

/// Why a new password was not judged.
pub enum NotJudged {
    /// The network had too many judged lately; how long it has to wait.
    Later(Duration),
    Failed(PageError),
}

impl From<PageError> for NotJudged {
    fn from(error: PageError) -> Self {
        Self::Failed(error)
    }
}

/// For pages where nothing but passwords was typed, which are cleared anyway.
impl From<NotJudged> for PageError {
    fn from(not_judged: NotJudged) -> Self {
        match not_judged {
            NotJudged::Later(wait) => Self::TooMany(wait),
            NotJudged::Failed(error) => error,
        }
    }
}

/// Judges a new password apart from the threads that answer: that may take a while. Counted before it is done.
pub async fn strength(
    site: &Site,
    act: &Act,
    password: &Password,
    personal: &[&str],
) -> Result<Result<(), Weak>, NotJudged> {
    match tries::of_network(&site.regions, act, JUDGED).await {
        Ok(()) => {}
        Err(EntryError::TooMany(too_many)) => return Err(NotJudged::Later(too_many.retry_after)),
        Err(error) => return Err(NotJudged::Failed(error.into())),
    }
    Ok(judge(site, password, personal).await?)
}

async fn judge(site: &Site, password: &Password, personal: &[&str]) -> Result<Result<(), Weak>, PageError> {
    let _turn = JUDGES.acquire().await.map_err(|_| PageError::Internal("the server is stopping".to_owned()))?;
    let (password, least) = (password.clone(), site.config.password_min);
    let personal: Vec<String> = personal.iter().map(ToString::to_string).collect();
    run(move || {
        let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
        strength::check(&password, &personal, least)
    })
    .await
}

impl Visitor {
    /// Lets the worker look at once at what was queued.
    pub fn wake(&self) {
        self.site.wake.notify_one();
    }
}

/// For pages that have no better words for it.
impl From<LifecycleError> for PageError {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Database(error) => error.into(),
            LifecycleError::NotThere | LifecycleError::IsNow(_) | LifecycleError::NoSecondFactor => Self::NotFound,
            LifecycleError::LastAdministrator => Self::Forbidden("the last administrator stays one"),
            LifecycleError::SoleOwner => Self::Forbidden("an organization always has an Owner"),
            LifecycleError::IsAdministrator => Self::Forbidden("an administrator is withdrawn first"),
        }
    }
}

impl From<CountError> for PageError {
    fn from(error: CountError) -> Self {
        match error {
            CountError::Files(error) => error.into(),
            CountError::Database(error) => error.into(),
        }
    }
}
