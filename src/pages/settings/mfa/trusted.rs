//! `/settings/mfa/trusted`: taking from browsers the leave to skip the one-time code.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::activity::{self, Event};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::kernel::id::DeviceId;
use crate::kernel::origin::agent_in_words;
use crate::pages::guards::SignedIn;
use crate::pages::links;
use crate::sessions::device;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TrustedTyped {
    /// The browser's id.
    browser: String,
}

pub async fn distrust(here: SignedIn, form: Form<TrustedTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::super::press_again(&here, links::MFA));
    }
    let id: DeviceId = form.typed.browser.parse().map_err(|_| PageError::NotFound)?;
    let (act, account) = (here.act.clone(), here.account.id);
    let found = here
        .write(move |db| {
            let found = device::distrust(db, account, id)?;
            if found.is_some() {
                let event = Event::BrowserUntrusted { count: 1 };
                activity::record(db, &act, account.personal_workspace(), Some(account), &event)?;
            }
            Ok::<_, DbError>(found)
        })
        .await?;
    let browser = found.ok_or(PageError::NotFound)?;
    let sentence = format!("{} asks for a code at its next sign-in.", agent_in_words(&browser.agent));
    Ok(here.done(links::MFA, &sentence))
}
