//! The command line: one file per command.
//!
//! Rule: a command prints one clear sentence when it fails and exits with 1 (2 for a wrong call). Only this room prints.

mod admin;
mod backup;
mod check_config;
mod client;
mod copy_database;
mod demo;
mod doctor;
mod keys;
mod login;
mod mail_test;
mod migrate;
mod open;
mod restore;
mod run;
mod serve;
mod service_token;
mod stopping;
mod verify;
mod work;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::activity::{self, Event};
use crate::config::{Config, Settings};
use crate::crypto::act::Act;
use crate::http::site::Site;
use crate::telemetry;

const SECRETS: &str = "Settings that carry a secret are no flags: KEYSTEAD_DIRECTORY_URL, KEYSTEAD_DATABASE_URL_US \
    (_EU, _AP), KEYSTEAD_MASTER_KEY, KEYSTEAD_SMTP_URL and KEYSTEAD_BACKUP_PASSPHRASE are read from the environment, or from the file that the \
    same name with _FILE behind it names.";

/// The self-hosted account home of a developer or machine-learning platform. Without a command it serves
#[derive(Parser)]
#[command(name = "keystead", version, max_term_width = 100, after_help = SECRETS)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten, next_help_heading = "Settings")]
    settings: Settings,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and APIs, and run the jobs (the default)
    Serve(serve::Serve),
    /// Run the jobs alone, beside servers started with --no-jobs
    Work,
    /// Bring all databases to this program's schema
    Migrate,
    /// Copy a region or the directory into another database, of either kind
    CopyDatabase(copy_database::CopyDatabase),
    /// Say all that is wrong with the settings, or how they are understood
    CheckConfig,
    /// Look after administrators and accounts without a browser
    Admin(admin::Admin),
    /// Make, list and revoke credentials for the platform's own programs
    ServiceToken(service_token::ServiceTokens),
    /// Send one mail right away and say what the server answered
    MailTest(mail_test::MailTest),
    /// Say what is wrong with this installation, and mend what can be mended safely
    Doctor(doctor::Doctor),
    /// Write everything but the master key into one file, while servers run
    Backup(backup::Backup),
    /// Bring a backup back onto an empty place, or rehearse that
    Restore(restore::Restore),
    /// Look after the master keys: list them, make a new one, retire an old one
    Keys(keys::Keys),
    /// Serve scratch storage filled with two months of believable data, and print the sign-ins
    Demo(demo::Demo),
    /// Prove that the record of what happened was not changed
    Verify,
    /// Sign this machine in to a server, with a code that you allow in a browser
    Login(login::SignIn),
    /// Hand back the token of `login` and remove it from this machine
    Logout(login::SignOut),
    /// Start a command with a workspace's secrets in its environment
    Run(run::Run),
}

/// What a command ends with when it fails: a sentence for the operator.
pub type Outcome = Result<(), String>;

pub fn run() -> ExitCode {
    let Cli { command, mut settings } = Cli::parse();
    // What runs on people's own machines reads no server's settings, and the command it starts keeps their umask.
    if let Some(ended) = command.as_ref().and_then(as_client) {
        return ended.unwrap_or_else(|failed| fail(&failed.sentence, failed.code));
    }
    // Whatever is made here, databases above all, is for this user alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    settings.read_secrets();
    let mut command = command.unwrap_or(Command::Serve(serve::Serve::default()));
    if let Command::CopyDatabase(copy) = &mut command {
        copy.hear(&settings);
    }
    let config = match settings.check() {
        Ok(config) => config,
        Err(mut errors) => {
            if let Command::CheckConfig = command {
                errors.0.extend(check_config::beyond(&settings));
            }
            return fail(&format!("The configuration cannot be used:\n{errors}"), 2);
        }
    };
    telemetry::start(config.log);
    match perform(&command, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(&sentence, 1),
    }
}

/// What a client's command comes to; `None` for those of a server.
fn as_client(command: &Command) -> Option<Result<ExitCode, client::Failed>> {
    match command {
        Command::Login(login) => Some(login.run()),
        Command::Logout(logout) => Some(logout.run()),
        Command::Run(run) => Some(run.run()),
        _ => None,
    }
}

fn perform(command: &Command, config: Config) -> Outcome {
    match command {
        Command::Serve(serve) => serve.run(config),
        Command::Work => work::run(config),
        Command::Migrate => migrate::run(&config),
        Command::CheckConfig => check_config::run(&config),
        Command::CopyDatabase(copy) => copy.run(),
        Command::Admin(admin) => admin.run(config),
        Command::ServiceToken(tokens) => tokens.run(config),
        Command::MailTest(test) => test.run(config),
        Command::Doctor(doctor) => doctor.run(&config),
        Command::Backup(backup) => backup.run(config),
        Command::Restore(restore) => restore.run(config),
        Command::Keys(keys) => keys.run(config),
        Command::Demo(demo) => demo.run(config),
        Command::Verify => verify::run(config),
        // Ended before a configuration was read.
        Command::Login(_) | Command::Logout(_) | Command::Run(_) => Ok(()),
    }
}

/// Records what belongs to the whole instance, as service tokens and master keys do: the directory has no record of its
/// own, so every region served here notes it.
fn record(site: &Site, act: &Act, event: &Event) {
    for (region, store) in site.regions.served() {
        if let Err(error) = store.write_now(|db| activity::record_instance(db, act, None, None, event)) {
            tracing::error!(%region, %error, event = event.kind().as_str(), "what was done could not be recorded");
        }
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own words")]
fn fail(sentence: &str, code: u8) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(code)
}

#[expect(clippy::print_stdout, reason = "the command line's own words")]
fn say(sentence: &str) {
    println!("{sentence}");
}

#[expect(clippy::print_stderr, reason = "the command line's own words")]
fn warn(sentence: &str) {
    eprintln!("{sentence}");
}

/// Asks a question on the terminal; the line that was typed.
#[expect(clippy::print_stdout, reason = "the command line's own words")]
fn ask(question: &str) -> Result<String, String> {
    let failed = |error| format!("Cannot ask: {error}. Use --yes to go on without.");
    print!("{question}");
    std::io::stdout().flush().map_err(failed)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_flags_are_one() {
        Cli::command().debug_assert();
    }
}
