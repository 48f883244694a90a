//! Brings a database to the schema this program was built with, and says when it cannot serve one.
//!
//! Rule: one process migrates, others wait; a SQLite file is copied aside first. Migrations only add; one that older
//! programs cannot live with writes itself into `schema_marks` as breaking.

use std::fs::File;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::url::DatabaseUrl;
use super::{Db, store};
use crate::kernel::time::Timestamp;

const SQLITE_DIRECTORY: EmbeddedMigrations = embed_migrations!("migrations/sqlite/directory");
const SQLITE_REGION: EmbeddedMigrations = embed_migrations!("migrations/sqlite/region");
const POSTGRES_DIRECTORY: EmbeddedMigrations = embed_migrations!("migrations/postgres/directory");
const POSTGRES_REGION: EmbeddedMigrations = embed_migrations!("migrations/postgres/region");

/// "keystead" as a number: the advisory lock every migrating process takes.
pub(super) const LOCK: i64 = 0x6b65_7973_7465_6164;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Directory,
    Region,
}

/// How a database's schema stands to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Current,
    /// These versions are missing.
    Older(Vec<String>),
    /// Made by a newer program; `breaking` names the first version this one cannot live with.
    Newer {
        breaking: Option<String>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("cannot open {url}: {source}")]
    Open { url: String, source: diesel::ConnectionError },
    #[error("cannot prepare {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("a migration failed: {0}")]
    Migration(String),
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
}

/// Applies what is missing. Returns the versions applied and, for SQLite, where the copy from before lies.
pub fn migrate(url: &DatabaseUrl, kind: Kind, now: Timestamp) -> Result<(Vec<String>, Option<PathBuf>), MigrateError> {
    let _turn = match url {
        DatabaseUrl::Sqlite(path) => Some(lock_file(path)?),
        DatabaseUrl::Postgres(_) => None,
    };
    let mut db = open(url)?;
    if let Db::Pg(c) = &mut db {
        // Released when this connection closes.
        diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<diesel::sql_types::BigInt, _>(LOCK).execute(c)?;
    }
    let Standing::Older(missing) = standing(&mut db, kind)? else { return Ok((Vec::new(), None)) };
    let copy = copy_aside(&mut db, url, &missing, now)?;
    let applied = match &mut db {
        Db::Pg(c) => c.run_pending_migrations(postgres(kind)).map(|versions| versions.len()),
        Db::Sqlite(c) => c.run_pending_migrations(sqlite(kind)).map(|versions| versions.len()),
    };
    applied.map_err(|error| MigrateError::Migration(error.to_string()))?;
    Ok((missing, copy))
}

/// Compares the database with this program, changing nothing.
pub fn standing_of(url: &DatabaseUrl, kind: Kind) -> Result<Standing, MigrateError> {
    standing(&mut open(url)?, kind)
}

pub fn standing(db: &mut Db, kind: Kind) -> Result<Standing, MigrateError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Migration(error.to_string());
    let (applied, missing): (Vec<String>, Vec<String>) = match db {
        Db::Pg(c) => (
            names(&c.applied_migrations().map_err(failed)?),
            c.pending_migrations(postgres(kind))
                .map_err(failed)?
                .iter()
                .map(|m| m.name().version().to_string())
                .collect(),
        ),
        Db::Sqlite(c) => (
            names(&c.applied_migrations().map_err(failed)?),
            c.pending_migrations(sqlite(kind))
                .map_err(failed)?
                .iter()
                .map(|m| m.name().version().to_string())
                .collect(),
        ),
    };
    if !missing.is_empty() {
        return Ok(Standing::Older(missing));
    }
    let known = known_versions(kind)?;
    let newer: Vec<&String> = applied.iter().filter(|version| !known.contains(version)).collect();
    if newer.is_empty() {
        return Ok(Standing::Current);
    }
    let breaking: Vec<String> = {
        use super::schema::schema_marks::dsl;
        dsl::schema_marks.filter(dsl::breaking.eq(true)).select(dsl::version).order(dsl::version).load(db)?
    };
    Ok(Standing::Newer { breaking: breaking.into_iter().find(|version| newer.contains(&version)) })
}

/// The versions of the migrations that a database has seen, in order.
pub fn applied(url: &DatabaseUrl) -> Result<Vec<String>, MigrateError> {
    let versions = crate::on_each!(&mut open(url)?, |c| c.applied_migrations());
    let mut versions = names(&versions.map_err(|error| MigrateError::Migration(error.to_string()))?);
    versions.sort();
    Ok(versions)
}

/// Those that this program does not know.
pub fn unknown(kind: Kind, versions: &[String]) -> Result<Vec<String>, MigrateError> {
    let known = known_versions(kind)?;
    Ok(versions.iter().filter(|version| !known.contains(version)).cloned().collect())
}

fn known_versions(kind: Kind) -> Result<Vec<String>, MigrateError> {
    use diesel::migration::{Migration, MigrationSource};
    let all: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
        sqlite(kind).migrations().map_err(|error| MigrateError::Migration(error.to_string()))?;
    Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn names(versions: &[diesel::migration::MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn sqlite(kind: Kind) -> EmbeddedMigrations {
    match kind {
        Kind::Directory => SQLITE_DIRECTORY,
        Kind::Region => SQLITE_REGION,
    }
}

fn postgres(kind: Kind) -> EmbeddedMigrations {
    match kind {
        Kind::Directory => POSTGRES_DIRECTORY,
        Kind::Region => POSTGRES_REGION,
    }
}

fn open(url: &DatabaseUrl) -> Result<Db, MigrateError> {
    store::open(url).map_err(|source| MigrateError::Open { url: url.to_string(), source })
}

fn lock_file(path: &Path) -> Result<File, MigrateError> {
    let file = open_lock(path)?;
    file.lock().map_err(|source| MigrateError::File { path: path.to_owned(), source })?;
    Ok(file)
}

/// The file whose lock is held by whoever migrates the database beside it.
pub(super) fn open_lock(path: &Path) -> Result<File, MigrateError> {
    let refused = |source| MigrateError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(refused)?;
    }
    File::create(path.with_extension("lock")).map_err(refused)
}

fn copy_aside(
    db: &mut Db,
    url: &DatabaseUrl,
    missing: &[String],
    now: Timestamp,
) -> Result<Option<PathBuf>, MigrateError> {
    let (Db::Sqlite(c), DatabaseUrl::Sqlite(path), Some(next)) = (db, url, missing.first()) else { return Ok(None) };
    let tables: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_marks')",
    ))
    .get_result(c)?;
    if tables == 0 {
        return Ok(None);
    }
    let copy = path.with_extension(format!("before-{next}-{}.sqlite", now.as_seconds()));
    // VACUUM INTO takes no bound parameter in a batch; quoting by doubling is SQLite's own rule.
    c.batch_execute(&format!("VACUUM INTO '{}'", copy.to_string_lossy().replace('\'', "''")))?;
    Ok(Some(copy))
}
