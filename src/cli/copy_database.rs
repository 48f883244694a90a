//! `keystead copy-database`: moves a region or the directory into another database, as from one machine to a cluster.
//!
//! Rule: an address with a password in it is never taken from the command line, which every user of the machine can read.

use super::{Outcome, say};
use crate::config::Settings;
use crate::crypto::content_hash::ContentHasher;
use crate::db::copy::{self, CopyError, Order, Sum};
use crate::db::migrate::Kind;
use crate::db::url::DatabaseUrl;
use crate::kernel::clock::Clock;

/// Lines of progress come after so many rows.
const STEP: usize = 10_000;
/// Of a checksum, what is shown: enough to tell two apart.
const SHOWN: usize = 16;

#[derive(clap::Args)]
pub struct CopyDatabase {
    /// What is copied: `sqlite://FILE` or `postgres://…`; with a password in it, set `KEYSTEAD_COPY_FROM` (or `…_FILE`)
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Where it goes: an empty database, or one that an earlier copy did not finish; `KEYSTEAD_COPY_TO` likewise
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Copy although programs are connected to the source: what they write from now on is not in the copy
    #[arg(long)]
    while_served: bool,
    #[arg(skip)]
    told: (Option<String>, Option<String>),
}

struct Hasher(ContentHasher);

impl Sum for Hasher {
    fn take(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    fn finish(self: Box<Self>) -> String {
        self.0.finish().to_string()
    }
}

impl CopyDatabase {
    /// Takes over what the environment says.
    pub fn hear(&mut self, settings: &Settings) {
        self.told = (settings.copy_from.clone(), settings.copy_to.clone());
    }

    pub fn run(&self) -> Outcome {
        let from = end("--from", "KEYSTEAD_COPY_FROM", self.from.as_deref(), self.told.0.as_deref())?;
        let to = end("--to", "KEYSTEAD_COPY_TO", self.to.as_deref(), self.told.1.as_deref())?;
        let now = Clock::System.now();
        let sum: &dyn Fn() -> Box<dyn Sum> = &|| Box::new(Hasher(ContentHasher::default()));
        let order = Order { from: &from, to: &to, while_served: self.while_served, now, sum };
        let progress = |table: &str, rows: usize| {
            if rows.is_multiple_of(STEP) {
                say(&format!("{table}: {rows} rows so far"));
            }
        };
        let (kind, tables) = copy::copy(&order, progress).map_err(|error| advised(&error))?;
        for table in &tables {
            let new = if table.new == table.rows { String::new() } else { format!(", {} of them new", table.new) };
            let sum = table.sum.get(..SHOWN).unwrap_or(&table.sum);
            say(&format!("{:<22} checksum {sum}  {} rows{new}", table.table, table.rows));
        }
        let what = if kind == Kind::Directory { "directory" } else { "region" };
        let rows: usize = tables.iter().map(|table| table.rows).sum();
        say(&format!(
            "The {what} is in {to}: {} tables, {rows} rows, every checksum equal. It is as it was in {from} at {now}: what was \
             written there since is not in it.",
            tables.len()
        ));
        Ok(())
    }
}

fn end(flag: &str, variable: &str, given: Option<&str>, told: Option<&str>) -> Result<DatabaseUrl, String> {
    let text = match (given, told) {
        (Some(_), Some(_)) => return Err(format!("Give either {flag} or {variable}, not both.")),
        (Some(given), None) if carries_password(given) => {
            return Err(format!(
                "{flag} has a password in it, which everybody on this machine can read while this runs. Put the \
                 address into {variable}, or into a file that {variable}_FILE names."
            ));
        }
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => return Err(format!("Say it with {flag} or {variable}.")),
    };
    text.parse().map_err(|error| format!("{}: {error}", if given.is_some() { flag } else { variable }))
}

fn carries_password(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    url.password().is_some() || url.query_pairs().any(|(name, _)| matches!(&*name, "password" | "sslpassword"))
}

/// What happened, and what to do.
fn advised(error: &CopyError) -> String {
    let advice = match error {
        CopyError::InUse(_) => {
            " Stop them first, so that nothing is left behind; --while-served copies the source as it is now all the same."
        }
        CopyError::TargetInUse(_) => " Stop them first: nobody else may write to the target.",
        CopyError::Other { .. } => {
            " Nothing was changed. Where an earlier copy was broken off and the source went on since, begin again with an \
             empty database."
        }
        CopyError::Unequal(_) => " Do not use it. Begin again with an empty database.",
        CopyError::Database { .. } | CopyError::Unstorable { .. } => {
            " What came over until then stays; run the same again, and it goes on from there."
        }
        _ => "",
    };
    let sentence = error.to_string();
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.{advice}", letters.as_str())
}
