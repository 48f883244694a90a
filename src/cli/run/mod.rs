//! `keystead run`: starts a command with a workspace's secrets in its environment.
//!
//! Rule: values go from the server's answer into the command's environment and nowhere else. What signs in here is not
//! handed on.

mod mask;
mod piped;
mod start;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::client::{Answer, Caller, Failed, Logins, Server, Which, variable};
use super::warn;
use crate::secrets::SecretName;

const API_KEY: &str = "KEYSTEAD_API_KEY";

/// Signs in with `KEYSTEAD_API_KEY`, a workspace's key, or with the token of `keystead login`
#[derive(clap::Args)]
pub struct Run {
    #[command(flatten)]
    which: Which,
    /// Whose secrets [default: the key's workspace, or your own]
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// As the jobs of this project get them; workspace/project also names the workspace
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Of all that may be had, only these, comma-separated
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Do not start the command when a secret has expired or cannot be read
    #[arg(long)]
    strict: bool,
    /// Replace values in what the command prints by ***
    #[arg(long)]
    mask: bool,
    /// The command and its words, after --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// A variable, by name.
pub type Variables = Vec<(String, Zeroizing<String>)>;

#[derive(Deserialize)]
struct Environment {
    variables: BTreeMap<String, Zeroized>,
    #[serde(default)]
    left_out: Vec<LeftOut>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Zeroized(Zeroizing<String>);

impl From<String> for Zeroized {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

#[derive(Deserialize)]
struct LeftOut {
    name: String,
    reason: String,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// Whose secrets, by the words of their addresses; empty is the default.
struct Place<'a> {
    workspace: &'a str,
    project: &'a str,
}

impl Run {
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let place = self.place()?;
        let logins = Logins::of_person()?;
        let caller = self.which.caller(self.server(&logins)?)?;
        let token = token(&caller, &logins)?;
        let only = self.only.join(",");
        let parameters = [("workspace", place.workspace), ("project", place.project), ("only", &only)];
        let answer = caller.get("/platform/v1/environment", &parameters, &token.text)?;
        let variables = self.understand(&caller, &token, &answer)?;
        drop((answer, token, caller));
        let command = start::prepare(&self.command, &variables)?;
        if self.mask { piped::run(command, &variables) } else { start::become_it(command, &variables) }
    }

    fn place(&self) -> Result<Place<'_>, Failed> {
        let workspace = self.workspace.as_deref().unwrap_or_default();
        let Some((of_project, project)) = self.project.as_deref().and_then(|both| both.split_once('/')) else {
            return Ok(Place { workspace, project: self.project.as_deref().unwrap_or_default() });
        };
        if !workspace.is_empty() && workspace != of_project {
            return Err(Failed::usage("--workspace and --project name two workspaces. Leave one out."));
        }
        Ok(Place { workspace: of_project, project })
    }

    fn understand(&self, caller: &Caller, token: &Token, answer: &Answer) -> Result<Variables, Failed> {
        let server = &caller.server;
        if answer.status == 401 {
            return Err(Failed::from(token.refused(caller)));
        }
        if answer.status != 200 {
            let told: Option<Problem> = answer.json();
            let why = told.map_or_else(|| format!("It answered with status {}.", answer.status), |told| told.detail);
            return Err(Failed::from(format!("{server} hands nothing out: {why}")));
        }
        let environment: Option<Environment> = answer.json();
        let environment = environment.ok_or_else(|| format!("{server} answered with something else than secrets."))?;
        for LeftOut { name, reason } in &environment.left_out {
            warn(&format!("keystead run: {name} is left out: {reason}"));
        }
        // Whoever names a secret wants it.
        if !environment.left_out.is_empty() && (self.strict || !self.only.is_empty()) {
            return Err(Failed::from("The command was not started.".to_owned()));
        }
        if environment.variables.is_empty() && environment.left_out.is_empty() {
            warn("keystead run: there are no secrets here");
        }
        let checked = environment.variables.into_iter().map(|(name, value)| match SecretName::parse(&name) {
            Ok(_) => Ok((name, value.0)),
            // One that changes how programs run, say: no server of ours sends it.
            Err(why) => Err(Failed::from(format!("{server} sent a variable {name:?} that is no secret's name: {why}"))),
        });
        checked.collect()
    }
}

/// What the server is asked with.
struct Token {
    text: Zeroizing<String>,
    is_key: bool,
}

impl Token {
    fn refused(&self, caller: &Caller) -> String {
        let server = &caller.server;
        if self.is_key {
            format!("{server} does not know the key in {API_KEY}: it may be mistyped, expired or revoked.")
        } else {
            format!("Your login at {server} has ended. Sign in again: keystead login --server {server}")
        }
    }
}

impl Run {
    /// A key goes to nobody but the server that is named with it.
    fn server(&self, logins: &Logins) -> Result<Server, Failed> {
        match (variable(API_KEY), self.which.is_named()) {
            (Some(_), false) => Err(Failed::usage("Say which server the key is for: --server URL, or KEYSTEAD_SERVER")),
            _ => self.which.server(logins),
        }
    }
}

fn token(caller: &Caller, logins: &Logins) -> Result<Token, Failed> {
    if let Some(key) = variable(API_KEY) {
        let key = key.into_string().map_err(|_| format!("{API_KEY} is no key."))?;
        return Ok(Token { text: Zeroizing::new(key.trim().to_owned()), is_key: true });
    }
    let server = &caller.server;
    let login = logins.of(server)?.ok_or_else(|| {
        format!("You are not signed in to {server}. Run keystead login --server {server}, or set {API_KEY}.")
    })?;
    Ok(Token { text: Zeroizing::new(login.token), is_key: false })
}
