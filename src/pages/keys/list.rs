//! `…/keys` and `…/api-keys`: who may come in with what.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::KeysHere;
use super::row::{HmacRow, Row, Rows};
use super::signing::{SigningTyped, replay_choices, signing_choices};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Query;
use crate::http::page::{Choice, Flash, FlashKind, PageFrame, Undo};
use crate::http::words;
use crate::pages::{frame, links};
use crate::projects::project::Project;
use crate::projects::{api_keys, hmac_keys, people};

/// So many are found by looking.
const FEW: usize = 5;

#[derive(Template)]
#[template(path = "pages/keys/list.html")]
struct ListPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    here: &'a KeysHere,
    base: String,
    rows: Vec<Row>,
    can_add: bool,
    is_searchable: bool,
    typed: String,
    csv: String,
    /// What only a project has.
    project: Option<OfProject>,
}

struct OfProject {
    hmac: Vec<HmacRow>,
    csv: String,
    typed: SigningTyped,
    signing: Vec<Choice>,
    replay: Vec<Choice>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Words of a key's name, or of what recognises it.
    q: String,
    /// The key that was just disabled.
    revoked: String,
}

/// In lower case.
#[derive(Clone)]
pub struct Searched(Vec<String>);

impl Searched {
    pub fn finds(&self, name: &str, recognised_by: &str) -> bool {
        let text = format!("{name} {recognised_by}").to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }
}

impl Asked {
    pub fn searched(&self) -> Searched {
        Searched(self.q.split_whitespace().map(str::to_lowercase).collect())
    }
}

pub async fn show(here: KeysHere, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    answer(&here, StatusCode::OK, None, FieldErrors::new(), asked).await
}

/// The page, also when the signing policy came back with something to change.
pub async fn answer(
    here: &KeysHere,
    status: StatusCode,
    typed: Option<SigningTyped>,
    errors: FieldErrors,
    asked: Asked,
) -> Result<HttpResponse, PageError> {
    let (workspace, project) = (here.place.workspace, here.place.project_id());
    let (mut keys, mut hmac, names) = here
        .read(move |db| {
            let keys = api_keys::of_place(db, workspace, project)?;
            let hmac = project.map(|project| hmac_keys::of_project(db, project)).transpose()?.unwrap_or_default();
            let makers = keys.iter().filter_map(|key| key.created_by);
            let makers = makers.chain(hmac.iter().filter_map(|key| key.created_by));
            let names = people::names(db, makers)?;
            Ok::<_, DbError>((keys, hmac, names))
        })
        .await?;
    let (base, maker) = (here.place.path(), here.may_manage());
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    let rows = Rows { base: &base, now, zone: &zone, names: &names, maker: maker.as_ref() };
    let sentence = if project.is_some() {
        "API keys let a program into this project. HMAC keys prove which device sent a sample."
    } else {
        "A workspace key lets a program read this account and, where you allow it, get its secrets. It opens no project."
    };
    let title = if project.is_some() { "Keys" } else { "API keys" };
    let mut page = here.frame(title, sentence);
    page.has_error = !errors.is_empty();
    if let Some(key) = keys.iter().find(|key| key.id.as_str() == asked.revoked)
        && let Some(gone_at) = key.gone_at()
    {
        let text = format!("{} is disabled. It is deleted for good at {}.", key.name, words::at(gone_at, &zone).text);
        let undo = Undo { action: format!("{base}/{}/restore", key.id), label: "Undo" };
        page.flash = Some(Flash { kind: FlashKind::Good, text, undo: Some(undo) });
    }
    let is_searchable = keys.len() + hmac.len() > FEW || !asked.q.is_empty();
    let searched = asked.searched();
    keys.retain(|key| searched.finds(&key.name, &key.recognised_by()));
    hmac.retain(|key| searched.finds(&key.name, &key.recognised_by));
    let of_project = |project: &Project| OfProject {
        hmac: rows.hmac(&links::hmac_keys(&base), &hmac),
        csv: links::csv(&links::hmac_keys(&base), &[("q", &asked.q)]),
        typed: typed.unwrap_or_else(|| SigningTyped::of(project)),
        signing: signing_choices(),
        replay: replay_choices(project.replay_seconds),
    };
    let list = ListPage {
        page,
        errors,
        rows: rows.of(&keys),
        can_add: maker.is_some(),
        project: here.project.as_ref().map(of_project),
        here,
        base: base.clone(),
        csv: links::csv(&base, &[("q", &asked.q)]),
        is_searchable,
        typed: asked.q,
    };
    frame::html(status, &list)
}
