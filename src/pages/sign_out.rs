//! `POST /sign-out`: this session ends, here and in the database.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::guards::Visitor;
use super::links;
use crate::activity::{self, Event};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::FlashKind;
use crate::http::session_cookie;
use crate::sessions::session;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

/// `POST /sign-out`
pub async fn submit(here: Visitor, _form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    if let Some(person) = here.signed_in().await? {
        let (act, account, id) = (here.act.clone(), person.account.id, person.session.id);
        let ended = move |db: &mut crate::db::Db| {
            if session::end(db, account, id)?.is_some() {
                activity::record(db, &act, account.personal_workspace(), Some(account), &Event::SignOut)?;
            }
            Ok::<_, DbError>(())
        };
        person.write(ended).await?;
    }
    session_cookie::sign_out(&here.cookie);
    flash::set(&here.cookie, FlashKind::Good, "You are signed out.");
    Ok(Visitor::redirect_forgetting(links::SIGN_IN))
}
