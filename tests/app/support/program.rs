//! The built program, as an operator has it: on a folder of its own, told what to do by words and settings alone.
//!
//! Rule: nothing of this process's environment reaches it, and it ends with the test that started it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;

use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::{Keyring, MasterKeys};
use keystead::db::url::DatabaseUrl;
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::region::Region;
use keystead::regions::named_keys;
use tempfile::TempDir;

use super::client::Client;
use super::postgres::{self, Scratch};
use super::world::{self, Backend};

const PROGRAM: &str = env!("CARGO_BIN_EXE_keystead");

/// Where the program keeps what it keeps, and how it is set.
pub struct Place {
    folder: TempDir,
    settings: BTreeMap<String, String>,
    urls: BTreeMap<&'static str, DatabaseUrl>,
    // Kept until the end: they are dropped with the place.
    databases: BTreeMap<&'static str, Scratch>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A program that runs until it is told to end, in one way or another.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
    /// Where it said it listens, in its words.
    pub addresses: Vec<String>,
    /// Every line it printed, as far as it was read.
    pub said: Vec<String>,
}

impl Place {
    /// Two regions, on whatever port is free. `None` where the backend is not on this machine.
    pub fn new(backend: Backend) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (data, mut databases) = (folder.path().join("data"), BTreeMap::new());
        let mut settings: BTreeMap<String, String> = BTreeMap::new();
        let mut urls = BTreeMap::new();
        for (name, setting) in [("directory", "DIRECTORY_URL"), ("us", "DATABASE_URL_US"), ("eu", "DATABASE_URL_EU")] {
            let url = match backend {
                Backend::Sqlite => DatabaseUrl::Sqlite(data.join(format!("{name}.sqlite"))),
                Backend::Postgres => {
                    let scratch = postgres::cluster()?.database("empty", |_| ());
                    let url = scratch.url.parse().unwrap();
                    settings.insert(format!("KEYSTEAD_{setting}"), scratch.url.clone());
                    databases.insert(name, scratch);
                    url
                }
            };
            urls.insert(name, url);
        }
        let data = data.to_str().unwrap().to_owned();
        settings.insert("KEYSTEAD_DATA".to_owned(), data);
        settings.insert("KEYSTEAD_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        settings.insert("KEYSTEAD_REGIONS".to_owned(), "us,eu".to_owned());
        Some(Self { folder, settings, urls, databases })
    }

    /// On SQLite, which is always there.
    pub fn on_files() -> Self {
        Self::new(Backend::Sqlite).unwrap()
    }

    #[must_use]
    pub fn with(mut self, setting: &str, value: &str) -> Self {
        self.settings.insert(setting.to_owned(), value.to_owned());
        self
    }

    #[must_use]
    pub fn without(mut self, setting: &str) -> Self {
        self.settings.remove(setting);
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn url(&self, name: &str) -> &DatabaseUrl {
        &self.urls[name]
    }

    /// As if its server had lost it.
    pub fn drop_database(&mut self, name: &str) {
        drop(self.databases.remove(name).unwrap());
    }

    /// As after a first start: databases and a master key.
    pub fn begin(&self) {
        self.printed(&["migrate"]);
        MasterKeys::create_file(&self.data().join("master.key"), &Chance::system()).unwrap();
    }

    /// A file beside the data.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The mails that were written to files, each as it stands there.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data().join("mail")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.retain(|path| path.extension().is_some_and(|end| end == "eml"));
        paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).env_clear().envs(&self.settings).env("TMPDIR", self.folder()).current_dir(self.folder());
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Ran {
        let ran = self.command(words).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
    }

    /// The same for one that must succeed; what it printed.
    pub fn printed(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
        ran.out
    }

    /// Starts a command that stays, and comes back when it has said where it listens.
    pub fn start(&self, words: &[&str]) -> Running {
        let mut running = self.launch(words);
        running.until("Listening on ");
        running
    }

    /// The same without waiting for anything.
    pub fn launch(&self, words: &[&str]) -> Running {
        let log = self.folder().join("log");
        let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut child = self.command(words).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines, log, addresses: Vec::new(), said: Vec::new() }
    }

    /// What is stored here, opened beside the program: its databases and its keys, with a clock set by hand.
    pub fn site(&self, clock: Clock) -> Site {
        let chance = Chance::system();
        let regions = [(Region::Us, self.url("us").clone()), (Region::Eu, self.url("eu").clone())];
        let address = "127.0.0.1:0".parse().unwrap();
        let config = world::config(&self.data(), address, self.url("directory").clone(), regions.into());
        let site = world::site(config);
        let keyring = Keyring::new(MasterKeys::load_file(&self.data().join("master.key")).unwrap());
        let named = named_keys::ensure(&site.regions.directory, &keyring, &chance, clock.now()).unwrap();
        Site { keyring: Arc::new(keyring.with_named(named)), clock, ..site }
    }
}

impl Running {
    /// Reads what it prints up to a line with these words; the line.
    pub fn until(&mut self, words: &str) -> String {
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            if let Some(rest) = line.strip_prefix("Listening on http://") {
                self.addresses.push(rest.split(',').next().unwrap().to_owned());
            }
            self.said.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
        panic!("it ended before it said {words:?}:\n{}\n{}", self.said.join("\n"), self.log());
    }

    /// Reads so many lines of what it prints, or all there are.
    pub fn read(&mut self, lines: usize) {
        self.said.extend(self.lines.by_ref().take(lines).map(Result::unwrap));
    }

    /// All that stands in the log of this place, of earlier runs too.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Where people reach it.
    pub fn base(&self) -> String {
        let port = self.addresses[0].rsplit(':').next().unwrap();
        format!("http://localhost:{port}")
    }

    /// A browser that was never here.
    pub fn visitor(&self) -> Client {
        Client::new(self.base())
    }

    /// The most memory it held since [`Running::forget_peak`], in bytes.
    pub fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// What it needed before counts no more.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to end, as a supervisor does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    /// Waits for its end; how it ended, and what it printed since.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        for line in self.lines.by_ref() {
            rest.push_str(&line.unwrap());
            rest.push('\n');
        }
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended before; then there is nothing to do.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
