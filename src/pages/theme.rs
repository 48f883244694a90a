//! `/theme`: light, dark or as the system says, from the menu of every page.

use actix_web::HttpResponse;
use actix_web::http::header::REFERER;
use serde::Deserialize;

use crate::accounts::profile;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::return_to::local_path;
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::links;
use crate::sessions::account::Theme;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ThemeTyped {
    theme: String,
}

pub async fn choose(here: SignedIn, form: Form<ThemeTyped>) -> Result<HttpResponse, PageError> {
    let theme: Theme = form.typed.theme.parse().map_err(|_| PageError::BadRequest("there is no such theme"))?;
    let account = here.account.id;
    here.write(move |db| profile::choose_theme(db, account, theme)).await?;
    Ok(Visitor::redirect(&back(&here)))
}

/// The page the menu was opened on. Only its path is taken, so this leads nowhere else.
fn back(here: &SignedIn) -> String {
    let referer = here.request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let url = referer.and_then(|text| url::Url::parse(text).ok());
    let path = url.map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    path.as_deref().and_then(local_path).unwrap_or(links::ACCOUNT).to_owned()
}
