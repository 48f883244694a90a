//! `…/secrets.csv`: what the list tells of them, never a value.

use actix_web::HttpResponse;

use super::here::SecretsHere;
use super::list::Asked;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::table_file::{self, Cells, moment, typed, yes};
use crate::projects::people;
use crate::secrets::{Secret, secret};

const HEAD: &[&str] = &[
    "name",
    "description",
    "version",
    "some_projects_only",
    "added_by",
    "added_at",
    "changed_by",
    "changed_at",
    "last_used_at",
    "last_used_job",
    "last_used_by",
    "expires_at",
];

pub async fn show(here: SecretsHere, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (store, workspace, searched) = (here.store.clone(), here.workspace, asked.searched());
    let read = move |after: Option<String>| {
        let (store, searched) = (store.clone(), searched.clone());
        async move {
            let found = store.read(move |db| {
                let found = secret::of_workspace(db, workspace, &searched, after.as_deref(), table_file::MOST)?;
                let names = people::names(db, found.iter().flat_map(|one| [one.created_by, one.changed_by]).flatten())?;
                Ok::<_, DbError>((found, names))
            });
            let (found, names) = found.await?;
            let name = |account| names.get(&account).map_or("", String::as_str);
            let row = |one: &Secret| {
                let (by, changed_by) = (one.created_by.map_or("", name), one.changed_by.map_or("", name));
                cells(one, by, changed_by)
            };
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).map(|last| last.name.to_string());
            Ok((found.iter().map(row).collect(), next))
        }
    };
    let name = format!("secrets-{}", here.organization.as_deref().unwrap_or(here.account.username.as_str()));
    Ok(table_file::list(&name, here.act.now, HEAD, read))
}

fn cells(one: &Secret, added_by: &str, changed_by: &str) -> Cells {
    vec![
        one.name.to_string(),
        typed(&one.description),
        one.version.to_string(),
        yes(one.is_restricted),
        typed(added_by),
        one.created_at.to_string(),
        typed(changed_by),
        one.changed_at.to_string(),
        moment(one.last_used_at),
        typed(&one.last_used_job),
        typed(&one.last_used_by),
        moment(one.expires_at),
    ]
}
