//! A throw-away PostgreSQL for one run of the tests, and empty databases in it, as many as asked for.

use std::collections::HashSet;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::server::{Server, User, as_user, is_root, private_folder};

/// A crash loses the data, and that is fine: it is gone after the run anyway.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=400",
    "max_wal_size=512MB",
];

pub struct Cluster {
    server: Server,
    templates: Mutex<HashSet<&'static str>>,
    admin: Mutex<PgConnection>,
}

/// One database, dropped with this value.
pub struct Scratch {
    name: String,
    pub url: String,
}

/// The cluster of this run, started by whoever asks first; `None`, and a word about it, where PostgreSQL is not here.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| programs().map(|programs| Cluster::start(&programs))).as_ref();
    if cluster.is_none() {
        super::skip("postgres", "there is no initdb in PATH or /usr/lib/postgresql");
    }
    cluster
}

impl Cluster {
    /// A new database like `template`, which `prepare` is given once, empty, to bring into shape. It must leave no
    /// connection open.
    pub fn database(&self, template: &'static str, prepare: impl FnOnce(&str)) -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut templates = unpoisoned(&self.templates);
        if !templates.contains(template) {
            // A preparation that panicked may have left half of one.
            self.execute(&format!("DROP DATABASE IF EXISTS \"{template}\" WITH (FORCE)"));
            self.execute(&format!("CREATE DATABASE \"{template}\" TEMPLATE template0"));
            prepare(&self.url(template));
            templates.insert(template);
        }
        drop(templates);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE \"{template}\""));
        Scratch { url: self.url(&name), name }
    }

    fn start(programs: &Path) -> Self {
        let folder = private_folder("keystead-postgres-", &fast_folder());
        let user = user_for_postgres();
        if let Some(user) = user {
            chown(&folder, Some(user.uid), Some(user.gid)).unwrap();
        }
        let data = folder.join("data").to_string_lossy().into_owned();
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        create(&text(programs.join("initdb")), &data, &folder, user);

        let (program, socket) =
            (text(programs.join("postgres")), format!("unix_socket_directories={}", folder.display()));
        let mut command = vec![program.as_str(), "-D", data.as_str(), "-c", socket.as_str()];
        for setting in SETTINGS {
            command.extend(["-c", *setting]);
        }
        let is_ready = |line: &str| line.contains("ready to accept connections").then_some(());
        let (server, ()) = Server::start(&command, &folder, user, "QUIT", is_ready);
        let admin = PgConnection::establish(&url(&folder, "postgres")).unwrap();
        Self { server, templates: Mutex::default(), admin: Mutex::new(admin) }
    }

    fn url(&self, database: &str) -> String {
        url(self.server.folder(), database)
    }

    fn execute(&self, statement: &str) {
        unpoisoned(&self.admin).batch_execute(statement).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(cluster) = cluster() {
            let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let _ = unpoisoned(&cluster.admin).batch_execute(&statement);
        }
    }
}

/// Through a socket that only this user and root can reach, so that no port is taken and no stranger comes in.
fn url(folder: &Path, database: &str) -> String {
    let folder = folder.to_string_lossy().replace('/', "%2F");
    format!("postgres://postgres@localhost/{database}?host={folder}")
}

/// In memory where there is plenty of it: a database is made five times as fast there as on a disk.
fn fast_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let table = Command::new("df").arg("-Pk").arg(memory).output().map(|run| run.stdout).unwrap_or_default();
    let table = String::from_utf8_lossy(&table).into_owned();
    let free = table.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    if free.is_some_and(|kilobytes| kilobytes > 4_000_000) { memory.to_owned() } else { std::env::temp_dir() }
}

fn create(initdb: &str, data: &str, folder: &Path, user: Option<User>) {
    let mut command = as_user(initdb, user);
    command.args(["-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"]);
    let made = command.current_dir(folder).output().unwrap();
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
}

/// Debian keeps the server's programs out of `PATH`, one folder for each version.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    let initdb = super::find_program("initdb", versions.into_iter().rev())?.canonicalize().ok()?;
    Some(initdb.parent()?.to_owned())
}

/// PostgreSQL refuses to run as root; as anyone else it runs as that user.
fn user_for_postgres() -> Option<User> {
    if !is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let field = |line: &str, at: usize| line.split(':').nth(at).and_then(|text| text.parse().ok());
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        Some(User { uid: field(line, 2)?, gid: field(line, 3)? })
    };
    find("postgres").or_else(|| find("nobody"))
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
