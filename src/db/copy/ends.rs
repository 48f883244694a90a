//! The two databases of a copy: opened, recognised, and held so that neither changes under it.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::{CopyError, Order, SOURCE, TARGET};
use crate::db::migrate::{self, Kind, Standing};
use crate::db::url::DatabaseUrl;
use crate::db::{Db, DbError, store};

/// What its sessions are called on PostgreSQL.
const NAME: &str = "keystead copy-database";

/// How often is looked, a tenth of a second apart, whether sessions are gone.
const LOOKS: usize = 30;

pub(super) struct Ends {
    pub source: Db,
    pub target: Db,
    /// Held to the end: nobody migrates the target meanwhile, and a server on that file waits.
    _turn: Option<File>,
}

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

#[derive(QueryableByName)]
struct Identity {
    #[diesel(sql_type = BigInt)]
    started: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

pub(super) fn open(order: &Order<'_>) -> Result<(Kind, Ends), CopyError> {
    let Order { from, to, .. } = order;
    if let DatabaseUrl::Sqlite(path) = from {
        // Opening it would make an empty one.
        std::fs::metadata(path).map_err(|error| unopened(from, &error.to_string()))?;
    }
    refuse_same_file(from, to)?;
    if !order.while_served {
        refuse_open_file(from)?;
    }
    refuse_open_file(to).map_err(of_target)?;
    let mut source = connect(from)?;
    let kind = kind(&mut source, SOURCE)?.ok_or_else(|| CopyError::Nothing(from.to_string()))?;
    refuse_other_schema(&mut source, from, kind)?;
    let mut target = connect(to)?;
    refuse_same_server(&mut source, &mut target, from, to)?;
    if !order.while_served {
        refuse_sessions(&mut source, from)?;
    }
    refuse_sessions(&mut target, to).map_err(of_target)?;
    match self::kind(&mut target, TARGET)? {
        Some(other) if other == kind => {}
        Some(other) => {
            return Err(CopyError::Kinds {
                from: from.to_string(),
                from_kind: word(kind),
                to: to.to_string(),
                to_kind: word(other),
            });
        }
        None if is_empty(&mut target)? => drop(migrate::migrate(to, kind, order.now)?),
        None => return Err(CopyError::Nothing(to.to_string())),
    }
    refuse_other_schema(&mut target, to, kind)?;
    let turn = hold(&mut target, to)?;
    in_one_moment(&mut source).map_err(CopyError::of(SOURCE))?;
    Ok((kind, Ends { source, target, _turn: turn }))
}

pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "directory",
        Kind::Region => "region",
    }
}

fn unopened(url: &DatabaseUrl, why: &str) -> CopyError {
    CopyError::Open { url: url.to_string(), why: why.to_owned() }
}

fn connect(url: &DatabaseUrl) -> Result<Db, CopyError> {
    let mut db = store::open(url).map_err(|error| unopened(url, &error.to_string()))?;
    if let Db::Pg(c) = &mut db {
        let named = c.batch_execute(&format!("SET application_name = '{NAME}'"));
        named.map_err(|error| unopened(url, &error.to_string()))?;
    }
    Ok(db)
}

fn names(db: &mut Db) -> Result<Vec<String>, DbError> {
    let sql = if db.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    } else {
        "SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
    };
    let names: Vec<Names> = crate::on_each!(db, |c| diesel::sql_query(sql).load(c))?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// Told by what only one of them has.
fn kind(db: &mut Db, end: &'static str) -> Result<Option<Kind>, CopyError> {
    let names = names(db).map_err(CopyError::of(end))?;
    let has = |table: &str| names.iter().any(|name| name == table);
    Ok(match (has("schema_marks"), has("accounts"), has("administrators")) {
        (true, true, false) => Some(Kind::Region),
        (true, false, true) => Some(Kind::Directory),
        _ => None,
    })
}

fn is_empty(db: &mut Db) -> Result<bool, CopyError> {
    Ok(names(db).map_err(CopyError::of(TARGET))?.is_empty())
}

fn refuse_other_schema(db: &mut Db, url: &DatabaseUrl, kind: Kind) -> Result<(), CopyError> {
    let why = match migrate::standing(db, kind)? {
        Standing::Current => return Ok(()),
        Standing::Older(missing) => {
            format!("it is older, {} migrations are missing; run `keystead migrate`", missing.len())
        }
        Standing::Newer { .. } => "it is newer; use the program that made it".to_owned(),
    };
    Err(CopyError::Schema { url: url.to_string(), why })
}

fn refuse_same_file(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<(), CopyError> {
    let (DatabaseUrl::Sqlite(one), DatabaseUrl::Sqlite(two)) = (from, to) else { return Ok(()) };
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    match (identity(one), identity(two)) {
        (Some(one), Some(two)) if one == two => Err(same(from, to)),
        _ => Ok(()),
    }
}

fn same(from: &DatabaseUrl, to: &DatabaseUrl) -> CopyError {
    CopyError::Same { from: from.to_string(), to: to.to_string() }
}

/// However differently they are addressed: a server is known by the instant it started, a database there by its number.
fn refuse_same_server(source: &mut Db, target: &mut Db, from: &DatabaseUrl, to: &DatabaseUrl) -> Result<(), CopyError> {
    let (Db::Pg(one), Db::Pg(two)) = (source, target) else { return Ok(()) };
    let identity = |c: &mut PgConnection| -> Result<(i64, i64), DbError> {
        let sql = "SELECT (EXTRACT(EPOCH FROM pg_postmaster_start_time()) * 1000000)::BIGINT AS started,
                     oid::BIGINT AS number FROM pg_database WHERE datname = current_database()";
        diesel::sql_query(sql).get_result(c).map(|Identity { started, number }| (started, number))
    };
    let (one, two) = (identity(one).map_err(CopyError::of(SOURCE))?, identity(two).map_err(CopyError::of(TARGET))?);
    if one == two { Err(same(from, to)) } else { Ok(()) }
}

/// A SQLite file can be had alone only while nobody else has it open; a server that runs always has. Whoever is leaving is
/// waited for.
fn refuse_open_file(url: &DatabaseUrl) -> Result<(), CopyError> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    if !path.exists() {
        return Ok(());
    }
    let opened = SqliteConnection::establish(&path.to_string_lossy());
    let mut c = opened.map_err(|error| unopened(url, &error.to_string()))?;
    match c.batch_execute("PRAGMA busy_timeout = 3000; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK;") {
        Err(DbError::DatabaseError(_, why)) if why.message().contains("locked") => {
            Err(CopyError::InUse(url.to_string()))
        }
        outcome => outcome.map_err(|error| unopened(url, &error.to_string())),
    }
}

/// Those of this very copy have its name.
fn refuse_sessions(db: &mut Db, url: &DatabaseUrl) -> Result<(), CopyError> {
    let Db::Pg(c) = db else { return Ok(()) };
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> '{NAME}') AS answer"
    );
    // A session that was ended a moment ago is still counted for a while.
    for _ in 0..LOOKS {
        let asked: Answer = diesel::sql_query(&sql).get_result(c).map_err(|error| unopened(url, &error.to_string()))?;
        if !asked.answer {
            return Ok(());
        }
        c.batch_execute("SELECT pg_sleep(0.1)").map_err(|error| unopened(url, &error.to_string()))?;
    }
    Err(CopyError::InUse(url.to_string()))
}

/// Nothing excuses one that others write to.
fn of_target(error: CopyError) -> CopyError {
    match error {
        CopyError::InUse(url) => CopyError::TargetInUse(url),
        other => other,
    }
}

/// Nobody else migrates or fills it until this connection ends.
fn hold(target: &mut Db, to: &DatabaseUrl) -> Result<Option<File>, CopyError> {
    let (turn, is_held) = match (target, to) {
        (Db::Pg(c), _) => (None, is_held(c).map_err(CopyError::of(TARGET))?),
        (Db::Sqlite(_), DatabaseUrl::Sqlite(path)) => {
            let file = migrate::open_lock(path)?;
            let is_held = file.try_lock().is_ok();
            (Some(file), is_held)
        }
        (Db::Sqlite(_), DatabaseUrl::Postgres(_)) => (None, true),
    };
    if is_held { Ok(turn) } else { Err(CopyError::Locked(to.to_string())) }
}

/// Whoever migrated it a moment ago may still be going.
fn is_held(c: &mut PgConnection) -> Result<bool, DbError> {
    for _ in 0..LOOKS {
        let asked = diesel::sql_query("SELECT pg_try_advisory_lock($1) AS answer").bind::<BigInt, _>(migrate::LOCK);
        if asked.get_result::<Answer>(c)?.answer {
            return Ok(true);
        }
        c.batch_execute("SELECT pg_sleep(0.1)")?;
    }
    Ok(false)
}

/// All that is read from now on is as it is now, however long it takes.
fn in_one_moment(source: &mut Db) -> Result<(), DbError> {
    match source {
        Db::Pg(c) => c.batch_execute(
            "SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1;",
        ),
        Db::Sqlite(c) => c.batch_execute("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM schema_marks;"),
    }
}
