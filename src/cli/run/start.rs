//! The command itself: put together, and become it.
//!
//! Rule: its words come from the person, its environment is theirs and the secrets, and nothing of what signs in here.

use std::ffi::OsString;
use std::io::{Error, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use super::Variables;
use crate::cli::client::Failed;

/// As shells answer (POSIX, section 2.8.2).
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// What begins so is ours: keys, servers and settings that no command needs.
const OURS: &str = "KEYSTEAD_";

pub fn prepare(words: &[OsString], variables: &Variables) -> Result<Command, Failed> {
    let (program, rest) = words.split_first().ok_or_else(|| Failed::usage("Say which command, after --"))?;
    let mut command = Command::new(program);
    command.args(rest);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(OURS.as_bytes())) {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value.as_str())));
    Ok(command)
}

/// This process becomes the command, so that signals, terminal and exit code are the command's by nature. Comes back only
/// when that fails.
pub fn become_it(mut command: Command, variables: &Variables) -> Result<ExitCode, Failed> {
    let error = command.exec();
    Err(not_started(&command, variables, &error))
}

pub fn not_started(command: &Command, variables: &Variables, error: &Error) -> Failed {
    let program = command.get_program().display();
    let (sentence, code) = match error.kind() {
        ErrorKind::NotFound => (format!("{program} is not found."), NOT_FOUND),
        ErrorKind::PermissionDenied => (format!("{program} may not be executed."), NOT_EXECUTABLE),
        ErrorKind::ArgumentListTooLong => {
            let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
            let sentence =
                format!("The secrets are too large for a command on this system ({bytes} bytes): use --only.");
            (sentence, NOT_EXECUTABLE)
        }
        _ => (format!("{program} cannot be started: {error}."), NOT_EXECUTABLE),
    };
    Failed { sentence, code }
}
