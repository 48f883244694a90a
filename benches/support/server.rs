//! The real server inside the bench, on scratch storage, and the people who are measured with.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::web::ServiceConfig;
use keystead::app;
use keystead::billing::plans_file;
use keystead::config::{Config, LogFormat, MasterKeySource, Registration};
use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::Keyring;
use keystead::crypto::password::{Hasher, Params, Password};
use keystead::db::Store;
use keystead::db::migrate::{Kind, migrate};
use keystead::db::url::DatabaseUrl;
use keystead::entry::appointment::{self, Appointment};
use keystead::files::Files;
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::names::Username;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::regions::Regions;
use keystead::sessions::last_seen::LastSeen;
use tempfile::TempDir;
use tokio::sync::Notify;

pub const PASSWORD: &str = "harbour-lantern-violin-42";
pub const USERNAME: &str = "lovelace";

/// How many more there are, of the same password: `person-0` and so on.
pub const PEOPLE: usize = 32;

pub struct Server {
    pub address: SocketAddr,
    /// What is served, to be filled beforehand.
    #[allow(dead_code, reason = "not every bench fills it")]
    pub site: Site,
    _folder: TempDir,
}

/// With one region in SQLite, one person, and as many threads as there are cores, and `more` routes. Runs until the
/// bench ends.
pub fn start(more: fn(&mut ServiceConfig)) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let site = site(&folder, address);
    let hash = site.hasher.hash_blocking(&site.chance, &Password::from_typed(PASSWORD));
    let ada = Appointment {
        region: Region::Eu,
        email: EmailAddress::parse("ada@example.org").unwrap(),
        username: Username::parse(USERNAME).unwrap(),
        name: "Ada Lovelace".to_owned(),
        password: Some(hash),
        plan: "free".to_owned(),
        is_administrator: false,
    };
    let others = (0..PEOPLE).map(|number| Appointment {
        email: EmailAddress::parse(&format!("person-{number}@example.org")).unwrap(),
        username: Username::parse(&format!("person-{number}")).unwrap(),
        ..ada.clone()
    });
    for new in others.chain([ada.clone()]) {
        appointment::make(&site.regions, &site.act(Origin::program("a bench")), &new).unwrap();
    }
    let served = site.clone();
    std::thread::spawn(move || {
        actix_web::rt::System::new()
            .block_on(async move { app::serve_with(&served, vec![listener], cores(), more).unwrap().await })
    });
    Server { address, site, _folder: folder }
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn site(folder: &TempDir, address: SocketAddr) -> Site {
    let clock = Clock::System;
    let file = |name: &str, kind: Kind| {
        let url = DatabaseUrl::Sqlite(folder.path().join(name));
        migrate(&url, kind, clock.now()).unwrap();
        url
    };
    let (directory, eu) = (file("directory.sqlite", Kind::Directory), file("eu.sqlite", Kind::Region));
    let config = Config {
        listen: vec![address],
        public_url: format!("http://localhost:{}", address.port()).parse().unwrap(),
        name: "Keystead".to_owned(),
        home_url: None,
        security_contact: None,
        data: folder.path().to_owned(),
        erasure_log: folder.path().join("erasures.log"),
        backup_passphrase: None,
        directory,
        served: BTreeMap::from([(Region::Eu, eu)]),
        elsewhere: BTreeMap::new(),
        master_key: MasterKeySource::Text(String::new()),
        smtp_url: None,
        mail_from: "no-reply@localhost".to_owned(),
        registration: Registration::Open,
        // Each sign-in seems to come from a network of its own, so that none is throttled.
        trusted_proxies: 1,
        password_min: 12,
        deletion_grace_days: 14,
        project_key_prefix: keystead::crypto::api_key::Prefix::default(),
        workspace_key_prefix: keystead::crypto::api_key::Prefix::default(),
        // A bench asks as fast as it can.
        rates: keystead::projects::rates::Limits { key: 1_000_000_000, workspace: 1_000_000_000 },
        plans: Arc::new(plans_file::load(None).unwrap()),
        metrics_listen: None,
        log: LogFormat::Text,
    };
    let served = config.served.iter().map(|(region, url)| (*region, Store::new(url.clone(), 16)));
    Site {
        regions: Regions::new(Store::new(config.directory.clone(), 16), served.collect(), BTreeMap::new()),
        rates: keystead::projects::rates::Limiter::new(config.rates),
        files: Files::new(folder.path().join("files")),
        patience: keystead::ingestion::pace::GRACE,
        config: Arc::new(config),
        clock,
        chance: Chance::system(),
        keyring: Arc::new(Keyring::fixed(1)),
        hasher: Hasher::new(Params::default(), cores(), seconds(30)),
        key_uses: keystead::projects::api_keys::KeyUses::default(),
        last_seen: LastSeen::default(),
        wake: Arc::new(Notify::new()),
    }
}
