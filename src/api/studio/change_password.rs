//! `POST /v1/api/user/change-password`: with the current one, and a code where the account asks for one.
//!
//! Rule: every other session ends; the tool that asked goes on with the token it has.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::Deserialize;

use super::Refusal;
use super::caller::Tool;
use super::shapes::DONE;
use crate::accounts::password::{self, Change, ChangeError};
use crate::api::platform::body;
use crate::crypto::password::Password;
use crate::http::error::PageError;
use crate::pages::blocking;
use crate::sessions::credential;

const SHAPE: &str =
    "an object with the texts currentPassword and newPassword and, with multi-factor authentication, totpToken";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    current_password: String,
    new_password: String,
    #[serde(default)]
    totp_token: Option<String>,
}

pub async fn change(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let account = here.account.clone();
    let new = Password::from_typed(&asked.new_password);
    let personal = [account.username.as_str(), &account.name, &account.email];
    let strong = blocking::strength(&here.site, &here.act, &new, &personal).await.map_err(PageError::from)?;
    strong.map_err(|weak| Refusal::of_field("newPassword", weak))?;
    if Password::from_typed(&asked.current_password).as_str() == new.as_str() {
        return Err(Refusal::of_field("newPassword", "This is the password you have now. Choose another."));
    }
    let id = account.id;
    let checked = here.read(move |db| credential::password_hash(db, id)).await?;
    let code = asked.totp_token.unwrap_or_default();
    here.proved("change your password", &asked.current_password, &code).await?;
    let hash = here.site.hasher.hash(&here.act.chance, new).await?;
    let (act, session) = (here.act.clone(), here.session.id);
    let changed = here
        .write(move |db| {
            let change = Change { account: &account, session, checked: checked.as_ref(), new: &hash };
            password::change(db, &act, &change)
        })
        .await;
    match changed {
        Ok(()) => Ok(HttpResponse::Ok().json(DONE)),
        Err(ChangeError::ChangedMeanwhile) => {
            Err(Refusal::Failed("The password was changed somewhere else just now.".to_owned()))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
    }
}
