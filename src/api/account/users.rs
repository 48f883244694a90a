//! `/api/users`: what everybody with a key may know of a person or an organization, and following them.
//!
//! Rule: never an address, and nothing of an account that is suspended or closing. A region knows its own people.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::Caller;
use super::summary::account_type;
use crate::accounts::social::{Links, Site};
use crate::api::platform::body;
use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::pages::links;
use crate::sessions::account::{self, Status};
use crate::workspaces::workspace::{self, WorkspaceKind};
use crate::workspaces::{follows, organization, summary};

const SHAPE: &str = "an object with the text username and followed, true or false";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    username: String,
}

#[derive(Serialize)]
struct Answer {
    user: User,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    username: String,
    full_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
    account_type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    bio: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    company: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    use_case: String,
    socials: BTreeMap<&'static str, String>,
    follower_count: i64,
    is_followed: bool,
}

/// `GET /api/users?username=…`
pub async fn show(here: Caller, asked: Result<Query<Asked>, PageError>) -> Result<HttpResponse, Refusal> {
    let name = asked?.0.username;
    let (origin, follower) = (here.site.public_origin(), here.person());
    let user = here.read(move |db| profile(db, &name, &origin, follower)).await?;
    Ok(HttpResponse::Ok().json(Answer { user: user.ok_or(Refusal::NotFound)? }))
}

fn profile(db: &mut Db, name: &str, origin: &str, follower: Option<AccountId>) -> Result<Option<User>, DbError> {
    let Some((id, kind)) = visible(db, name)? else { return Ok(None) };
    let photo = |version: &str| format!("{origin}{}", links::photo(id, version, 128));
    let mut user = User {
        username: name.to_owned(),
        full_name: String::new(),
        image_url: None,
        account_type: account_type(kind == WorkspaceKind::Personal),
        bio: String::new(),
        company: String::new(),
        use_case: String::new(),
        socials: BTreeMap::new(),
        follower_count: follows::count(db, id)?,
        is_followed: follower.map_or(Ok(false), |follower| follows::is_following(db, follower, id))?,
    };
    if kind == WorkspaceKind::Organization {
        user.full_name = summary::open_title(db, id)?.unwrap_or_default();
        user.image_url = organization::photo_shown(db, id)?.map(|version| photo(&version));
        return Ok(Some(user));
    }
    let Some(account) = account::by_id(db, id.as_person())? else { return Ok(None) };
    let stored = Links::from_json(&account.social);
    user.socials = stored.iter().map(|(site, text)| (word(site), text.to_owned())).collect();
    user.image_url = account.photo.as_deref().map(photo);
    (user.full_name, user.bio, user.company, user.use_case) =
        (account.name, account.bio, account.company, account.use_case);
    Ok(Some(user))
}

/// As the dialect calls it.
const fn word(site: Site) -> &'static str {
    match site {
        Site::X => "twitter",
        other => other.as_str(),
    }
}

/// The workspace of this name, unless nobody should see it now.
fn visible(db: &mut Db, name: &str) -> Result<Option<(WorkspaceId, WorkspaceKind)>, DbError> {
    // What cannot be a name is not asked for: a database may not even be able to hold it.
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Ok(None);
    }
    let Some(found) = workspace::by_name(db, name)? else { return Ok(None) };
    let is_open = match found.kind {
        WorkspaceKind::Personal => {
            account::by_id(db, found.id.as_person())?.is_some_and(|account| account.status == Status::Active)
        }
        WorkspaceKind::Organization => summary::open_title(db, found.id)?.is_some(),
    };
    Ok(is_open.then_some((found.id, found.kind)))
}

#[derive(Deserialize)]
struct Follow {
    username: String,
    followed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Followed {
    followed: bool,
    follower_count: i64,
}

/// `PATCH /api/users`: people follow; an organization does not.
pub async fn follow(here: Caller, payload: Payload) -> Result<HttpResponse, Refusal> {
    let person = here.person().ok_or(Refusal::Forbidden("Only people follow: use the key of your own workspace."))?;
    let asked: Follow = body::json(payload, body::SMALL, SHAPE).await?;
    let (act, is_following) = (here.act.clone(), asked.followed);
    let count = here
        .store
        .write(move |db| {
            let Some((id, _)) = visible(db, &asked.username)? else { return Ok(None) };
            if id == person.personal_workspace() {
                return Ok(Some(None));
            }
            follows::set(db, &act, person, id, is_following)?;
            Ok::<_, DbError>(Some(Some(follows::count(db, id)?)))
        })
        .await?;
    let count = count.ok_or(Refusal::NotFound)?;
    let follower_count = count.ok_or(Refusal::Forbidden("Nobody follows themselves."))?;
    Ok(HttpResponse::Ok().json(Followed { followed: is_following, follower_count }))
}
