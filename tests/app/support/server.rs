//! Servers of others that live as long as this test process and no longer, even when it is killed.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Waits for its standard input to end, which happens when the test process does, in whatever way. Then it stops the
/// server with all that the server started, and clears up.
const WATCHMAN: &str = r#"
    folder=$1 stop=$2; shift 2
    export TMPDIR="$folder"
    "$@" 2>&1 </dev/null &
    server=$!
    exec >/dev/null
    read -r _
    kill -s "$stop" "$server"
    wait "$server"
    trap "" TERM
    kill -s TERM 0
    sleep 1
    rm -rf "$folder"
    kill -s KILL 0
"#;

/// Whom a server runs as; nobody in particular means the one who runs the tests.
#[derive(Clone, Copy)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

pub struct Server {
    folder: PathBuf,
    /// While its standard input is open, the server runs.
    _watchman: Child,
}

impl Server {
    /// Starts `command`, which owns `folder`, and reads what it prints until a line for which `ready` has an answer.
    pub fn start<T>(
        command: &[&str],
        folder: &Path,
        user: Option<User>,
        stop: &str,
        ready: impl Fn(&str) -> Option<T>,
    ) -> (Self, T) {
        let mut shell = as_user("sh", user);
        shell.args(["-c", WATCHMAN, "sh"]).arg(folder).arg(stop).args(command).current_dir(folder);
        // In a group of its own, the terminal's Ctrl-C does not reach it, and its group is all that it started.
        shell.process_group(0).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = shell.spawn().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let answer = loop {
            let Some(Ok(line)) = lines.next() else { panic!("{command:?} did not start:\n{}", said.join("\n")) };
            if let Some(answer) = ready(&line) {
                break answer;
            }
            said.push(line);
        };
        // Nobody reads on, but a full pipe would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        (Self { folder: folder.to_owned(), _watchman: shell }, answer)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A new folder that nobody else looks into. The server that gets it clears it away.
pub fn private_folder(prefix: &str, within: &Path) -> PathBuf {
    let only_ours = Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(prefix).permissions(only_ours).tempdir_in(within).unwrap().keep()
}

pub fn as_user(program: &str, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

pub fn is_root() -> bool {
    tempfile::tempfile().is_ok_and(|file| file.metadata().is_ok_and(|file| file.uid() == 0))
}
