//! A whole database as of one moment, in a file, while others go on writing; and back.
//!
//! Rule: SQLite writes a new file from within one read transaction, which also leaves out what was deleted; PostgreSQL's
//! own programs do it for PostgreSQL. A password reaches them by their environment, never by their arguments, which
//! everybody on the machine may read.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};

use super::url::DatabaseUrl;
use super::{Db, store};

/// Of what a program says when it fails, so much is passed on.
const LONGEST_WORDS: usize = 600;

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("it does not answer: {0}")]
    Open(#[from] diesel::ConnectionError),
    #[error("{0}")]
    Database(#[from] diesel::result::Error),
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("{0} is not installed. It comes with PostgreSQL's client programs, of the server's version or newer")]
    NoProgram(&'static str),
    #[error("{program} failed: {words}")]
    Program { program: &'static str, words: String },
    #[error("it is a file of SQLite, and a backup of PostgreSQL can only go to PostgreSQL, or the other way round")]
    OtherKind,
}

/// Writes the database of this moment into a new file.
pub fn take(url: &DatabaseUrl, to: &Path) -> Result<(), SnapshotError> {
    match url {
        DatabaseUrl::Sqlite(_) => {
            let mut db = store::open(url)?;
            // Takes no bound parameter in a batch; quoting by doubling is SQLite's own rule.
            let sql = format!("VACUUM INTO '{}'", to.to_string_lossy().replace('\'', "''"));
            Ok(crate::on_each!(&mut db, |c| c.batch_execute(&sql))?)
        }
        DatabaseUrl::Postgres(address) => {
            let mut dump = client("pg_dump", address);
            // Not compressed: the archive's reader and writer are faster than that.
            dump.args(["--format=custom", "--compress=0", "--no-owner", "--no-privileges"]).arg("--file").arg(to);
            run("pg_dump", &mut dump)
        }
    }
}

/// Fills a PostgreSQL database from such a file in one transaction: one that [is empty](is_empty), or that an earlier try
/// has filled. Files of SQLite are put in their place by whoever has them.
pub fn fill(url: &DatabaseUrl, from: &Path) -> Result<(), SnapshotError> {
    let DatabaseUrl::Postgres(address) = url else { return Err(SnapshotError::OtherKind) };
    let mut restore = client("pg_restore", address);
    restore.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
    restore.args(["--clean", "--if-exists"]);
    run("pg_restore", restore.arg(from))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Whether nothing is there: no file, or no table but the one that whoever asks for the schema makes.
pub fn is_empty(url: &DatabaseUrl) -> Result<bool, SnapshotError> {
    match url {
        DatabaseUrl::Sqlite(path) => Ok(!path.try_exists()?),
        DatabaseUrl::Postgres(_) => {
            let sql = "SELECT count(*) AS count FROM pg_class
                WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
                AND NOT starts_with(relname, '__diesel_schema_migrations')";
            let found: Count = crate::on_each!(&mut store::open(url)?, |c| diesel::sql_query(sql).get_result(c))?;
            Ok(found.count == 0)
        }
    }
}

/// A database for a rehearsal beside this one, on the same server; one from before is dropped first.
pub fn scratch_beside(url: &DatabaseUrl) -> Result<DatabaseUrl, SnapshotError> {
    let (name, scratch) = scratch(url)?;
    command(url, &[&drop_sql(&name), &format!("CREATE DATABASE {name}")])?;
    Ok(scratch)
}

pub fn drop_scratch_beside(url: &DatabaseUrl) -> Result<(), SnapshotError> {
    command(url, &[&drop_sql(&scratch(url)?.0)])
}

fn drop_sql(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

fn command(url: &DatabaseUrl, all: &[&str]) -> Result<(), SnapshotError> {
    let mut db: Db = store::open(url)?;
    for sql in all {
        crate::on_each!(&mut db, |c| c.batch_execute(sql))?;
    }
    Ok(())
}

/// Its name, quoted, and its address.
fn scratch(url: &DatabaseUrl) -> Result<(String, DatabaseUrl), SnapshotError> {
    let DatabaseUrl::Postgres(address) = url else { return Err(SnapshotError::OtherKind) };
    let unreadable = |_| SnapshotError::File(io::Error::other("its address cannot be read"));
    let mut parsed = ::url::Url::parse(address).map_err(unreadable)?;
    let name = format!("{}_keystead_rehearsal", parsed.path().trim_start_matches('/'));
    parsed.set_path(&name);
    Ok((format!("\"{}\"", name.replace('"', "\"\"")), DatabaseUrl::Postgres(parsed.to_string())))
}

/// The files that SQLite keeps for one database.
pub fn files_of(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// A program of PostgreSQL's on its way to a database: the address without any password, which goes by the environment.
fn client(program: &'static str, address: &str) -> Command {
    let mut command = Command::new(program);
    let Ok(mut parsed) = ::url::Url::parse(address) else { return command };
    let mut password = parsed.password().map(decoded);
    let (secret, plain): (Vec<_>, Vec<_>) =
        parsed.query_pairs().into_owned().partition(|(key, _)| key == "password" || key == "sslpassword");
    password = secret.into_iter().find(|(key, _)| key == "password").map(|(_, value)| value).or(password);
    // Refused only by addresses without a host, which have no password there either.
    let _ = parsed.set_password(None);
    parsed.set_query(None);
    if !plain.is_empty() {
        parsed.query_pairs_mut().extend_pairs(plain);
    }
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command.arg(format!("--dbname={parsed}"));
    command
}

fn decoded(text: &str) -> String {
    // As in a form, but for the plus sign.
    let pair = format!("p={}", text.replace('+', "%2B"));
    ::url::form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

fn run(program: &'static str, command: &mut Command) -> Result<(), SnapshotError> {
    let ran = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SnapshotError::NoProgram(program),
        _ => SnapshotError::File(error),
    })?;
    if ran.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&ran.stderr);
    let words: String = words.trim().chars().take(LONGEST_WORDS).collect();
    Err(SnapshotError::Program { program, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_stands_among_the_arguments() {
        for address in [
            "postgres://ada:s%2B3c+t@localhost/eu?sslmode=disable",
            "postgres://ada@localhost/eu?sslmode=disable&password=s%2B3c%2Bt",
        ] {
            let command = client("pg_dump", address);
            let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
            assert_eq!(words, ["--dbname=postgres://ada@localhost/eu?sslmode=disable"]);
            let password = command.get_envs().find(|(name, _)| *name == "PGPASSWORD").and_then(|(_, value)| value);
            assert_eq!(password.unwrap(), "s+3c+t");
        }
    }

    #[test]
    fn a_rehearsal_has_a_database_of_its_own() {
        let url: DatabaseUrl = "postgres://ada:pw@localhost/eu?sslmode=disable".parse().unwrap();
        let (name, scratch) = scratch(&url).unwrap();
        assert_eq!(name, "\"eu_keystead_rehearsal\"");
        assert_eq!(
            scratch,
            DatabaseUrl::Postgres("postgres://ada:pw@localhost/eu_keystead_rehearsal?sslmode=disable".to_owned())
        );
    }
}
