//! Work that asks several databases one after the other, on a thread where it may wait.

use actix_web::web;

use super::guards::Visitor;
use crate::http::error::PageError;
use crate::lifecycle::LifecycleError;
use crate::lifecycle::consequences::CountError;

/// Runs on a blocking thread; a thread that cannot be had is a failure of ours.
pub async fn run<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<Result<T, E>, PageError>
where
    T: Send + 'static,
    E: Send + 'static,
{
    web::block(work).await.map_err(|_| PageError::Internal("the server is stopping".to_owned()))
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
