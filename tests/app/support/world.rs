//! The real server on a free port, with a clock set by hand, seeded chance, cheap password hashing and mail kept in memory.
//!
//! Rule: a test speaks to it as a browser or a program would. What it needs beforehand is given through the domain's own
//! functions, never by writing tables.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use keystead::app;
use keystead::config::{Config, LogFormat, MasterKeySource, Registration};
use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::Keyring;
use keystead::crypto::password::{Hasher, Params};
use keystead::db::Store;
use keystead::db::migrate::{Kind, migrate};
use keystead::db::url::DatabaseUrl;
use keystead::files::Files;
use keystead::http::site::Site;
use keystead::jobs::Worker;
use keystead::kernel::clock::Clock;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::mail::Composed;
use keystead::mail::transport::Memory;
use keystead::regions::Regions;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::client::Client;
use super::postgres::{self, Scratch};
use super::region::NOON;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

pub struct World {
    pub site: Site,
    pub address: SocketAddr,
    pub worker: Worker,
    post: Arc<Memory>,
    server: actix_web::dev::ServerHandle,
    // Kept until the end: they are removed with the world.
    _folder: TempDir,
    _databases: Vec<Scratch>,
}

impl World {
    /// `None` where the backend is not on this machine.
    pub fn spawn(backend: Backend) -> Option<Self> {
        Self::spawn_with(backend, |_| ())
    }

    /// The same with settings of its own.
    pub fn spawn_with(backend: Backend, adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        Self::spawn_changed(backend, adjust, |_| ())
    }

    /// The same where also something is different that no setting changes.
    pub fn spawn_changed(
        backend: Backend,
        adjust: impl FnOnce(&mut Config),
        change: impl FnOnce(&mut Site),
    ) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut databases = Vec::new();
        let mut database = |name: &str, kind: Kind| -> Option<DatabaseUrl> {
            match backend {
                Backend::Sqlite => Some(sqlite(folder.path(), name, kind)),
                Backend::Postgres => {
                    let template = if kind == Kind::Directory { "directory" } else { "region" };
                    let scratch = postgres::cluster()?.database(template, |url| {
                        migrate(&url.parse().unwrap(), kind, NOON).unwrap();
                    });
                    let url = scratch.url.parse().unwrap();
                    databases.push(scratch);
                    Some(url)
                }
            }
        };
        let directory = database("directory", Kind::Directory)?;
        let mut served = BTreeMap::new();
        for region in Region::ALL.iter().copied() {
            served.insert(region, database(region.as_str(), Kind::Region)?);
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = config(folder.path(), address, directory, served);
        adjust(&mut config);
        let mut site = site(config);
        change(&mut site);
        let running = app::serve(&site, vec![listener], 2).unwrap();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        let post = Arc::new(Memory::default());
        let worker = app::work::worker(&site, post.clone()).unwrap();
        Some(Self { site, address, worker, post, server: handle, _folder: folder, _databases: databases })
    }

    /// A browser that was never here.
    pub fn visitor(&self) -> Client {
        Client::new(self.base())
    }

    /// Where it is served, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Runs every job that is due, mails among them; how many that were.
    pub fn run_jobs(&self) -> usize {
        self.worker.run_due().unwrap()
    }

    /// The mails this address got, oldest first, after everything due was done.
    pub fn inbox(&self, address: &str) -> Vec<Composed> {
        self.run_jobs();
        self.post.kept().into_iter().filter(|kept| kept.to.as_str() == address).map(|kept| kept.composed).collect()
    }

    /// The circumstances of something that happens now without a request.
    pub fn act(&self) -> keystead::crypto::act::Act {
        self.site.act(Origin::program("a test"))
    }

    pub fn region(&self, region: Region) -> &Store {
        self.site.regions.store(region).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Not awaited: the process or the next test goes on at once.
        drop(self.server.stop(false));
    }
}

/// A migrated file, copied from one that was migrated once.
fn sqlite(folder: &std::path::Path, name: &str, kind: Kind) -> DatabaseUrl {
    use std::sync::OnceLock;
    static DIRECTORY: OnceLock<Vec<u8>> = OnceLock::new();
    static REGION: OnceLock<Vec<u8>> = OnceLock::new();
    let template = if kind == Kind::Directory { &DIRECTORY } else { &REGION };
    let bytes = template.get_or_init(|| {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("template.sqlite");
        migrate(&DatabaseUrl::Sqlite(path.clone()), kind, NOON).unwrap();
        std::fs::read(path).unwrap()
    });
    let path = folder.join(format!("{name}.sqlite"));
    std::fs::write(&path, bytes).unwrap();
    DatabaseUrl::Sqlite(path)
}

pub fn config(
    folder: &std::path::Path,
    address: SocketAddr,
    directory: DatabaseUrl,
    served: BTreeMap<Region, DatabaseUrl>,
) -> Config {
    Config {
        listen: vec![address],
        public_url: format!("http://localhost:{}", address.port()).parse().unwrap(),
        name: "Keystead".to_owned(),
        home_url: None,
        security_contact: None,
        data: folder.to_owned(),
        erasure_log: folder.join("erasures.log"),
        backup_passphrase: None,
        directory,
        served,
        elsewhere: BTreeMap::new(),
        master_key: MasterKeySource::Text("unused: tests have a fixed keyring".to_owned()),
        smtp_url: None,
        mail_from: "no-reply@keystead.example".to_owned(),
        registration: Registration::Open,
        trusted_proxies: 0,
        password_min: 12,
        deletion_grace_days: 14,
        project_key_prefix: "ks".parse().unwrap(),
        workspace_key_prefix: "ks".parse().unwrap(),
        rates: keystead::projects::rates::Limits::default(),
        plans: Arc::new(keystead::billing::plans_file::load(None).unwrap()),
        metrics_listen: None,
        log: LogFormat::Text,
    }
}

pub fn site(config: Config) -> Site {
    let regions = Regions::new(
        Store::new(config.directory.clone(), 12),
        config.served.iter().map(|(region, url)| (*region, Store::new(url.clone(), 12))).collect(),
        config.elsewhere.clone(),
    );
    Site {
        files: Files::new(config.data.join("files")),
        patience: keystead::ingestion::pace::GRACE,
        rates: keystead::projects::rates::Limiter::new(config.rates),
        config: Arc::new(config),
        regions,
        clock: Clock::manual(NOON),
        chance: Chance::system(),
        keyring: Arc::new(Keyring::fixed(1)),
        hasher: Hasher::new(Params { memory: 64, passes: 1, lanes: 1 }, 8, seconds(30)),
        last_seen: keystead::sessions::last_seen::LastSeen::default(),
        key_uses: keystead::projects::api_keys::KeyUses::default(),
        wake: Arc::new(Notify::new()),
    }
}

/// One behaviour, told once, held on both databases: `on_both! { async fn a_sentence(world: World) { … } }`.
/// With settings of its own: `on_both! { with |config| config.…; async fn … }`.
#[macro_export]
macro_rules! on_both {
    (with $adjust:expr; $($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "a sentence may need less than its neighbours")]
            use super::*;

            async fn holds($world: &$crate::support::world::World) $body

            async fn holds_on(backend: $crate::support::world::Backend) {
                if let Some(world) = $crate::support::world::World::spawn_with(backend, $adjust) {
                    holds(&world).await;
                }
            }

            #[actix_web::test]
            async fn on_sqlite() {
                holds_on($crate::support::world::Backend::Sqlite).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                holds_on($crate::support::world::Backend::Postgres).await;
            }
        }
    )+};
    ($($all:tt)+) => { $crate::on_both! { with |_| (); $($all)+ } };
}
