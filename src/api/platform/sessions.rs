//! `POST /platform/v1/sessions/introspect`: a page of the platform was sent a session and asks who is behind it.
//!
//! Rule: asking changes nothing and lengthens nothing. A session that ended is told from one that never was by nobody, and
//! the answer is not to be kept: ending a session counts from the next question.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::bearer::Program;
use super::{Problem, body};
use crate::access::Role;
use crate::crypto::token::TokenDigest;
use crate::http::session_cookie;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::regions::service_tokens::Allowed;
use crate::sessions::session::SessionKind;
use crate::workspaces::introspection::{self, Belonging, Present};
use crate::workspaces::workspace::WorkspaceKind;

const SHAPE: &str = "an object with the text session: the value of the browser's cookie, or a tool's token";

#[derive(Deserialize)]
struct Asked {
    session: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    active: bool,
    kind: SessionKind,
    account: Account<'a>,
    region: Region,
    /// Where they may go now, their own first.
    workspaces: Vec<Workspace<'a>>,
    /// Where they belong but are let in only after setting up a second factor.
    shut_out: Vec<Workspace<'a>>,
    /// Whether one was given when the session was opened, or since.
    second_factor: bool,
    /// RFC 3339. It may end before.
    until: String,
}

#[derive(Serialize)]
struct Account<'a> {
    id: AccountId,
    username: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Workspace<'a> {
    id: WorkspaceId,
    name: &'a str,
    title: &'a str,
    kind: WorkspaceKind,
    role: Role,
}

/// All that is said of everything else.
#[derive(Serialize)]
struct Nobody {
    active: bool,
}

/// Both answers are 200: the question was answered.
pub async fn introspect(program: Program, payload: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Introspect)?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let Some((region, present)) = look_up(&program, &asked.session).await? else {
        return Ok(HttpResponse::Ok().json(Nobody { active: false }));
    };
    let all = present.workspaces();
    let told = |is_shut: bool| all.iter().filter(|one| one.is_shut == is_shut).map(workspace).collect();
    Ok(HttpResponse::Ok().json(Answer {
        active: true,
        kind: present.session.kind,
        account: Account {
            id: present.account.id,
            username: present.account.username.as_str(),
            name: &present.account.name,
        },
        region,
        workspaces: told(false),
        shut_out: told(true),
        second_factor: present.session.has_second_factor,
        until: present.session.expires_at.to_string(),
    }))
}

async fn look_up(program: &Program, text: &str) -> Result<Option<(Region, Present)>, Problem> {
    let site = &program.site;
    let Some((kind, token)) = session_cookie::claim(text.trim(), site) else { return Ok(None) };
    let Some(region) = Region::of_token(&token) else { return Ok(None) };
    let Some(store) = site.regions.store(region) else { return Ok(None) };
    let (digest, now) = (TokenDigest::of(&token), site.clock.now());
    let present = store.glance(move |db| introspection::present(db, &digest, kind, now)).await?;
    if let Some(present) = &present {
        // Where the platform's own pages are used, the session is.
        let session = &present.session;
        site.last_seen.note(region, session.id, session.account_id, session.last_seen_at, now);
    }
    Ok(present.map(|present| (region, present)))
}

fn workspace(one: &Belonging) -> Workspace<'_> {
    Workspace { id: one.id, name: &one.name, title: &one.title, kind: one.kind, role: one.role }
}
