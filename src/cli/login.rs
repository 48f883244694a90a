//! `keystead login` and `keystead logout`: a token for this machine, allowed on a page, handed back at the end.

use std::process::ExitCode;

use serde::Deserialize;

use super::client::{Caller, Failed, Login, Logins, Which};
use super::{say, warn};
use crate::kernel::clock::Clock;
use crate::kernel::time::seconds;

const CLIENT: (&str, &str) = ("client_id", "keystead-cli");
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Added where the server asks to be asked less often, and when it cannot be reached (RFC 8628, section 3.5).
const SLOWER: u64 = 5;
const LONGEST_WAIT: u64 = 60;

#[derive(clap::Args)]
pub struct SignIn {
    #[command(flatten)]
    which: Which,
}

#[derive(clap::Args)]
pub struct SignOut {
    #[command(flatten)]
    which: Which,
}

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    #[serde(default)]
    verification_uri_complete: Option<String>,
    expires_in: u64,
    #[serde(default = "usual")]
    interval: u64,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

const fn usual() -> u64 {
    5
}

impl SignIn {
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let logins = Logins::of_person()?;
        let caller = self.which.caller(self.which.server(&logins)?)?;
        let before = logins.of(&caller.server)?;
        let begun = begin(&caller)?;
        say(&format!("Open {} in a browser, and enter the code {}", begun.verification_uri, begun.user_code));
        if let Some(complete) = &begun.verification_uri_complete {
            say(&format!("or open {complete} and compare the code."));
        }
        say("Tell the code to nobody: whoever allows it is signed in here.");
        let given = wait(&caller, &begun)?;
        let login = Login { server: caller.server.to_string(), username: given.username, token: given.access_token };
        let path = logins.keep(&caller.server, &login)?;
        say(&format!("Signed in to {} as {}. The token is kept in {}.", caller.server, login.username, path.display()));
        if let Some(before) = before
            && let Err(failed) = hand_back(&caller, &before.token)
        {
            warn(&format!(
                "The login before this one could not be ended: {} It is listed under Sessions.",
                failed.sentence
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn begin(caller: &Caller) -> Result<Begun, Failed> {
    let answer = caller.post("/oauth/device_authorization", &[CLIENT])?;
    if answer.status == 200
        && let Some(begun) = answer.json()
    {
        return Ok(begun);
    }
    Err(Failed::from(match answer.json::<Refused>() {
        Some(refused) => format!("{} refuses: {}", caller.server, refused.error_description),
        None => format!("{} is no Keystead that programs can sign in to.", caller.server),
    }))
}

/// Asks until somebody has answered, or the code is over.
fn wait(caller: &Caller, begun: &Begun) -> Result<Given, Failed> {
    let clock = Clock::System;
    let ends = clock.now().plus(seconds(begun.expires_in));
    let mut pause = begun.interval.clamp(1, LONGEST_WAIT);
    while clock.now() < ends {
        std::thread::sleep(seconds(pause));
        let fields = [("grant_type", GRANT), ("device_code", begun.device_code.as_str()), CLIENT];
        let answer = match caller.post("/oauth/token", &fields) {
            Ok(answer) => answer,
            Err(failed) => {
                pause = (pause * 2).min(LONGEST_WAIT);
                warn(&format!("{} Trying again in {pause} s.", failed.sentence));
                continue;
            }
        };
        if answer.status == 200
            && let Some(given) = answer.json()
        {
            return Ok(given);
        }
        let refused: Option<Refused> = answer.json();
        match refused.as_ref().map(|refused| refused.error.as_str()) {
            Some("authorization_pending") => {}
            Some("slow_down" | "temporarily_unavailable") => pause = (pause + SLOWER).min(LONGEST_WAIT),
            Some("access_denied") => return Err(Failed::from("It was refused.".to_owned())),
            Some("expired_token") => break,
            _ => {
                let why = refused.map_or_else(|| format!("status {}", answer.status), |told| told.error_description);
                return Err(Failed::from(format!("{} gave no token: {why}", caller.server)));
            }
        }
    }
    Err(Failed::from("Nobody allowed it in time. Begin again: keystead login".to_owned()))
}

impl SignOut {
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let logins = Logins::of_person()?;
        let caller = self.which.caller(self.which.server(&logins)?)?;
        let Some(login) = logins.of(&caller.server)? else {
            return Err(Failed::from(format!("You are not signed in to {}.", caller.server)));
        };
        let ended = hand_back(&caller, &login.token);
        logins.forget(&caller.server)?;
        match ended {
            Ok(()) => {
                say(&format!("Signed out of {}.", caller.server));
                Ok(ExitCode::SUCCESS)
            }
            Err(failed) => Err(Failed::from(format!(
                "The token is removed here, but it still works: {} End it on the Sessions page.",
                failed.sentence
            ))),
        }
    }
}

fn hand_back(caller: &Caller, token: &str) -> Result<(), Failed> {
    let answer = caller.post("/oauth/revoke", &[("token", token), CLIENT])?;
    match answer.status {
        200 => Ok(()),
        status => Err(Failed::from(format!("{} answered with status {status}.", caller.server))),
    }
}
