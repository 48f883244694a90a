//! What the commands for people's own machines share: `login`, `logout` and `run`.
//!
//! Rule: they are clients. They open no database, need no setting of a server, and a token of theirs goes to the server
//! it is from and to nobody else. Values never stand on a command line, in a file or in a log.

mod call;
mod kept;
mod server;

use std::ffi::OsString;
use std::path::PathBuf;

pub use call::{Answer, Caller};
pub use kept::{Login, Logins};
pub use server::Server;

/// What goes wrong there: a sentence for whoever typed the command, and the code it ends with.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed {
    pub sentence: String,
    pub code: u8,
}

impl Failed {
    /// The command was called in a way that cannot be meant.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }
}

impl From<String> for Failed {
    fn from(sentence: String) -> Self {
        Self { sentence, code: 1 }
    }
}

/// Which server, for all of them.
#[derive(clap::Args)]
pub struct Which {
    /// The server's address [default: the one you are signed in to]
    #[arg(long, env = "KEYSTEAD_SERVER", value_name = "URL")]
    server: Option<String>,
    /// Certificates to trust in place of the well-known ones, for a server inside a company
    #[arg(long, env = "KEYSTEAD_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Which {
    pub fn is_named(&self) -> bool {
        self.server.as_deref().is_some_and(|typed| !typed.is_empty())
    }

    /// The one that is named, or the only one there is a login for.
    pub fn server(&self, logins: &Logins) -> Result<Server, Failed> {
        if let Some(typed) = self.server.as_deref().filter(|typed| !typed.is_empty()) {
            return Server::parse(typed).map_err(Failed::usage);
        }
        let mut servers = logins.servers()?;
        match (servers.pop(), servers.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(Failed::usage("You are signed in to several servers. Say which: --server URL")),
            (None, _) => Err(Failed::usage("Say which server: --server URL, or KEYSTEAD_SERVER")),
        }
    }

    pub fn caller(&self, server: Server) -> Result<Caller, Failed> {
        Caller::new(server, self.ca_file.as_deref())
    }
}

/// A variable of whoever runs the command; an empty one counts as absent.
#[expect(clippy::disallowed_methods, reason = "of a person's machine; a server's settings are read in src/config.rs")]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
