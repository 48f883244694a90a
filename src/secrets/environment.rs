//! What one job gets: the secrets its workspace and project allow, and, when it is privileged, the project's development
//! key. Whoever may add secrets gets the same [`by_hand`](super::by_hand).
//!
//! Rule: the only way a value leaves. Each one is in its secret's access log in the same transaction. One that does not
//! open is left out and told of; the others are served.

use diesel::prelude::*;

use super::tokens;
use super::uses::{self, Whom};
use super::versions;
use super::{Secret, SecretName, SecretValue, leaks};
use crate::crypto::act::Act;
use crate::crypto::token::TokenDigest;
use crate::db::Db;
use crate::db::schema::{projects, secret_projects, secret_versions, secrets, workspaces};
use crate::kernel::id::SecretId;
use crate::kernel::shown_once::ShownOnce;
use crate::projects::api_keys;
use diesel::QueryResult;

pub use super::tokens::{Asker, Good, Granted, issue, issue_to, look};

/// The name under which a privileged job gets the development key. No secret can have it.
pub const PROJECT_KEY: &str = "KEYSTEAD_PROJECT_API_KEY";

pub struct Environment {
    /// The words of their addresses.
    pub workspace: String,
    pub project: Option<String>,
    pub job: String,
    /// By name.
    pub variables: Vec<(SecretName, SecretValue)>,
    /// By the names of their variables: the development key is no secret.
    pub left_out: Vec<(String, LeftOut)>,
    /// Of a privileged job whose project has one that opens.
    pub project_key: Option<ShownOnce>,
}

/// Why a job does not get one that it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    Expired,
    /// What is stored does not open; the log says why.
    Unreadable,
    /// Its value got out, and somebody chose to keep it from jobs until it is replaced.
    Leaked,
}

impl LeftOut {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Unreadable => "unreadable",
            Self::Leaked => "leaked",
        }
    }
}

/// Uses the token up and hands out what it allows. `None`: it is not known, was used, or is too old. `act.origin` is
/// whoever asks.
pub fn fetch(db: &mut Db, act: &Act, digest: &TokenDigest) -> QueryResult<Option<Environment>> {
    let Some((granted, service_token)) = tokens::take(db, act, digest)? else { return Ok(None) };
    let whom = Whom { service_token, ..Whom::default() };
    Ok(gather(db, act, &granted, &whom, &[])?.ok())
}

/// Hands out what is granted, of that `only` these where any is named, and notes it. `Err`: this one is not among it, and
/// nothing was noted.
pub(super) fn gather(
    db: &mut Db,
    act: &Act,
    granted: &Granted,
    whom: &Whom,
    only: &[SecretName],
) -> QueryResult<Result<Environment, SecretName>> {
    let mut all = allowed(db, granted)?;
    if let Some(missing) = only.iter().find(|name| !all.iter().any(|(secret, _)| secret.name == **name)) {
        return Ok(Err(missing.clone()));
    }
    all.retain(|(secret, _)| only.is_empty() || only.contains(&secret.name));
    let workspace: String = workspaces::table.find(granted.workspace_id).select(workspaces::name).first(db)?;
    let project: Option<String> = match granted.project_id {
        Some(id) => projects::table.find(id).select(projects::slug).first(db).optional()?,
        None => None,
    };
    let mut environment = Environment {
        workspace,
        project,
        job: granted.job.clone(),
        variables: Vec::new(),
        left_out: Vec::new(),
        project_key: None,
    };
    let (mut given, withheld) = (Vec::new(), leaks::withheld(db, granted.workspace_id)?);
    for (secret, sealed) in all {
        if secret.has_expired(act.now) {
            environment.left_out.push((secret.name.to_string(), LeftOut::Expired));
            continue;
        }
        if withheld.contains(&(secret.id, secret.version)) {
            environment.left_out.push((secret.name.to_string(), LeftOut::Leaked));
            continue;
        }
        match versions::open(&act.keyring, &secret, secret.version, sealed.as_deref()) {
            Ok(value) => {
                environment.variables.push((secret.name.clone(), value));
                given.push(secret);
            }
            Err(_) => environment.left_out.push((secret.name.to_string(), LeftOut::Unreadable)),
        }
    }
    uses::note(db, act, granted, whom, &given)?;
    if let (true, Some(project)) = (granted.is_privileged, granted.project_id) {
        match api_keys::development(db, act, project)? {
            Some(Ok((_, value))) => environment.project_key = Some(value),
            Some(Err(_)) => environment.left_out.push((PROJECT_KEY.to_owned(), LeftOut::Unreadable)),
            None => {}
        }
    }
    Ok(Ok(environment))
}

/// The living secrets this job may have, by name, each with what is stored of its current version.
fn allowed(db: &mut Db, granted: &Granted) -> QueryResult<Vec<(Secret, Option<Vec<u8>>)>> {
    let of_project: Vec<SecretId> = match granted.project_id {
        Some(project) => secret_projects::table
            .filter(secret_projects::project_id.eq(project))
            .select(secret_projects::secret_id)
            .load(db)?,
        None => Vec::new(),
    };
    let current = secret_versions::secret_id.eq(secrets::id).and(secret_versions::version.eq(secrets::version));
    secrets::table
        .left_join(secret_versions::table.on(current))
        .filter(secrets::workspace_id.eq(granted.workspace_id))
        .filter(secrets::deleted_at.is_null())
        .filter(secrets::is_restricted.eq(false).or(secrets::id.eq_any(of_project)))
        .order(secrets::name)
        .select((Secret::as_select(), secret_versions::sealed.nullable()))
        .load(db)
}
