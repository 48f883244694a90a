//! What the entries of a backup are called, and what its first one says.

use serde::{Deserialize, Serialize};

use crate::db::migrate::Kind;
use crate::db::url::DatabaseUrl;
use crate::kernel::region::Region;
use crate::text_enum;

/// The first entry: all that decides whether it can be brought back here.
pub(super) const ABOUT: &str = "keystead.json";
pub(super) const DATABASES: &str = "databases";
pub(super) const FILES: &str = "files";
/// A line for every entry before it.
pub(super) const SUMS: &str = "SHA256SUMS";
/// The last entry: how much stands before it, and its checksum.
pub(super) const END: &str = "end.json";
pub(super) const DIRECTORY: &str = "directory";

/// Of what is written here; a program refuses what it does not know.
pub(super) const FORMAT: u32 = 1;

text_enum! {
    pub enum Engine {
        Sqlite = "sqlite",
        Postgres = "postgres",
    }
}

impl Engine {
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite(_) => Self::Sqlite,
            DatabaseUrl::Postgres(_) => Self::Postgres,
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "pgdump",
        }
    }
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub format: u32,
    pub id: String,
    /// RFC 3339, when it was begun.
    pub made_at: String,
    /// The version of the program that made it.
    pub program: String,
    /// The names of the master keys without which something in it cannot be read.
    pub master_keys: Vec<String>,
    /// In the order in which they were copied: the directory is the last.
    pub databases: Vec<DatabaseAbout>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseAbout {
    /// A region, or `directory`.
    pub name: String,
    pub engine: Engine,
    /// The versions of its migrations.
    pub schema: Vec<String>,
}

impl DatabaseAbout {
    pub fn kind(&self) -> Kind {
        if self.name == DIRECTORY { Kind::Directory } else { Kind::Region }
    }

    pub(super) fn entry(&self) -> String {
        format!("{DATABASES}/{}.{}", self.name, self.engine.extension())
    }
}

pub(super) fn file_entry(region: Region, name: &str) -> String {
    format!("{FILES}/{region}/{name}")
}

/// A line as `sha256sum` writes it.
pub(super) fn sum_line(hash: &impl std::fmt::Display, name: &str) -> String {
    format!("{hash}  {name}\n")
}

/// Short, and the same to the last byte for whoever has counted the same.
pub(super) fn end_text(bytes: u64, crc32: u32) -> String {
    format!("{{\"bytes\":{bytes},\"crc32\":\"{crc32:08x}\"}}\n")
}
