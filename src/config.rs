//! Every setting, read once from flags and environment, checked as a whole.
//!
//! Rule: nothing else reads the environment. Errors come all at once and never show a secret.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::billing::{Plans, plans_file};
use crate::crypto::api_key::Prefix;
use crate::crypto::passphrase::Passphrase;
use crate::db::url::DatabaseUrl;
use crate::kernel::region::Region;
use crate::mail;
use crate::projects::rates::Limits;

mod settings;

pub use settings::Settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invited,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Where the master key comes from.
#[derive(Clone)]
pub enum MasterKeySource {
    /// Made at the first start when the file is the default one and not there yet.
    File {
        path: PathBuf,
        may_create: bool,
    },
    Text(String),
}

/// The settings, checked.
#[derive(Clone)]
pub struct Config {
    pub listen: Vec<SocketAddr>,
    pub public_url: url::Url,
    pub name: String,
    pub home_url: Option<String>,
    pub security_contact: Option<String>,
    pub data: PathBuf,
    pub erasure_log: PathBuf,
    /// What backups are encrypted to.
    pub backup_passphrase: Option<Passphrase>,
    pub directory: DatabaseUrl,
    pub served: BTreeMap<Region, DatabaseUrl>,
    pub elsewhere: BTreeMap<Region, String>,
    pub master_key: MasterKeySource,
    pub smtp_url: Option<String>,
    pub mail_from: String,
    pub registration: Registration,
    pub trusted_proxies: usize,
    pub password_min: usize,
    pub deletion_grace_days: u64,
    pub project_key_prefix: Prefix,
    pub workspace_key_prefix: Prefix,
    pub rates: Limits,
    pub plans: Arc<Plans>,
    pub metrics_listen: Option<SocketAddr>,
    pub log: LogFormat,
}

/// Everything that is wrong, each with the name of its setting.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

impl Settings {
    /// Where the key is to come from, whatever else is wrong.
    pub fn master_key_source(&self) -> MasterKeySource {
        match (&self.master_key, &self.master_key_file) {
            (Some(text), _) => MasterKeySource::Text(text.clone()),
            (None, Some(path)) => MasterKeySource::File { path: path.clone(), may_create: false },
            (None, None) => MasterKeySource::File { path: self.data.join("master.key"), may_create: true },
        }
    }

    /// Checks everything and says all that is wrong at once.
    pub fn check(&self) -> Result<Config, ConfigErrors> {
        let mut errors = self.unread.clone();
        let listen = self.check_listen(&mut errors);
        let public_url = self.check_public_url(listen.first(), &mut errors);
        let (served, elsewhere) = self.check_regions(&mut errors);
        let directory = match &self.directory_url {
            None => DatabaseUrl::Sqlite(self.data.join("directory.sqlite")),
            Some(text) => text.parse().unwrap_or_else(|error| {
                errors.push(format!("KEYSTEAD_DIRECTORY_URL: {error}"));
                DatabaseUrl::Sqlite(PathBuf::new())
            }),
        };
        if served.values().any(|url| *url == directory) {
            errors.push("KEYSTEAD_DIRECTORY_URL: the directory and a region need databases of their own".to_owned());
        }
        let registration = match self.registration.as_str() {
            "open" => Registration::Open,
            "invited" => Registration::Invited,
            "closed" => Registration::Closed,
            other => {
                errors.push(format!("KEYSTEAD_REGISTRATION: {other:?} is not one of open, invited, closed"));
                Registration::Closed
            }
        };
        let log = match self.log.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                errors.push(format!("KEYSTEAD_LOG: {other:?} is not one of text, json"));
                LogFormat::Text
            }
        };
        let trusted_proxies = number(&mut errors, "KEYSTEAD_TRUSTED_PROXIES", &self.trusted_proxies, 0, 20);
        let password_min = number(&mut errors, "KEYSTEAD_PASSWORD_MIN", &self.password_min, 8, 128);
        let deletion_grace_days =
            number(&mut errors, "KEYSTEAD_DELETION_GRACE_DAYS", &self.deletion_grace_days, 1, 365) as u64;
        let metrics_listen = self.metrics_listen.as_deref().filter(|text| !text.is_empty()).and_then(|text| {
            text.parse()
                .map_err(|_| {
                    errors.push(format!("KEYSTEAD_METRICS_LISTEN: {text:?} is not an address like 127.0.0.1:9100"));
                })
                .ok()
        });
        let name = crate::kernel::names::one_line(&self.name, 60).unwrap_or_default();
        if name.is_empty() {
            errors.push("KEYSTEAD_NAME: use 1 to 60 visible characters".to_owned());
        }
        let home_url = optional_link(&mut errors, "KEYSTEAD_HOME_URL", self.home_url.as_deref(), &["http", "https"]);
        let security_contact = optional_link(
            &mut errors,
            "KEYSTEAD_SECURITY_CONTACT",
            self.security_contact.as_deref(),
            &["https", "mailto"],
        );
        let mail_from = self.check_mail(&public_url, &mut errors);
        let project_key_prefix = prefix(&mut errors, "KEYSTEAD_PROJECT_KEY_PREFIX", &self.project_key_prefix);
        let workspace_key_prefix = prefix(&mut errors, "KEYSTEAD_WORKSPACE_KEY_PREFIX", &self.workspace_key_prefix);
        let rates = self.check_rates(&mut errors);
        let backup_passphrase = self.backup_passphrase.as_deref().and_then(|text| {
            let read = Passphrase::new(text);
            read.map_err(|error| errors.push(format!("KEYSTEAD_BACKUP_PASSPHRASE: {error}"))).ok()
        });
        let plans = plans_file::load(self.plans_file.as_deref())
            .map_err(|wrong| errors.extend(wrong.iter().map(|error| format!("KEYSTEAD_PLANS_FILE: {error}"))));
        let (true, Ok(plans)) = (errors.is_empty(), plans) else { return Err(ConfigErrors(errors)) };
        Ok(Config {
            listen,
            public_url,
            name,
            home_url,
            security_contact,
            data: self.data.clone(),
            erasure_log: self.erasure_log.clone().unwrap_or_else(|| self.data.join("erasures.log")),
            backup_passphrase,
            directory,
            served,
            elsewhere,
            master_key: self.master_key_source(),
            smtp_url: self.smtp_url.clone(),
            mail_from,
            registration,
            trusted_proxies,
            password_min,
            deletion_grace_days,
            project_key_prefix,
            workspace_key_prefix,
            rates,
            plans: Arc::new(plans),
            metrics_listen,
            log,
        })
    }

    fn check_rates(&self, errors: &mut Vec<String>) -> Limits {
        let mut rate = |name, text| {
            let most = number(errors, name, text, 1, 1_000_000_000);
            i64::try_from(most).unwrap_or(i64::MAX)
        };
        Limits {
            key: rate("KEYSTEAD_RATE_PER_KEY", &self.rate_per_key),
            workspace: rate("KEYSTEAD_RATE_PER_WORKSPACE", &self.rate_per_workspace),
        }
    }

    fn check_listen(&self, errors: &mut Vec<String>) -> Vec<SocketAddr> {
        let mut addresses = Vec::new();
        for text in self.listen.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => errors.push(format!("KEYSTEAD_LISTEN: {text:?} is not an address like 127.0.0.1:8080")),
            }
        }
        if addresses.is_empty() && errors.is_empty() {
            errors.push("KEYSTEAD_LISTEN: name at least one address".to_owned());
        }
        addresses
    }

    fn check_public_url(&self, first: Option<&SocketAddr>, errors: &mut Vec<String>) -> url::Url {
        let port = first.map_or(8080, SocketAddr::port);
        let text = self.public_url.clone().unwrap_or_else(|| format!("http://localhost:{port}"));
        let parsed =
            url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = parsed else {
            errors.push(format!("KEYSTEAD_PUBLIC_URL: {text:?} is not an address like https://account.example.com"));
            return fallback_url();
        };
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            errors.push("KEYSTEAD_PUBLIC_URL: give scheme, host and port only; paths are not supported".to_owned());
        }
        let is_loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if url.scheme() == "http" && !is_loopback {
            errors.push(
                "KEYSTEAD_PUBLIC_URL: plain http is for localhost only; put a proxy with https before it".to_owned(),
            );
        }
        url
    }

    fn check_regions(&self, errors: &mut Vec<String>) -> (BTreeMap<Region, DatabaseUrl>, BTreeMap<Region, String>) {
        let (mut served, mut elsewhere) = (BTreeMap::new(), BTreeMap::new());
        for part in self.regions.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (word, address) = part.split_once('=').map_or((part, None), |(word, address)| (word, Some(address)));
            let Ok(region) = word.parse::<Region>() else {
                errors.push(format!("KEYSTEAD_REGIONS: {word:?} is not one of us, eu, ap"));
                continue;
            };
            if served.contains_key(&region) || elsewhere.contains_key(&region) {
                errors.push(format!("KEYSTEAD_REGIONS: {region} is named twice"));
            }
            match address {
                Some(address) => match url::Url::parse(address).ok().filter(|url| url.scheme() == "https") {
                    Some(url) => {
                        elsewhere.insert(region, url.to_string());
                    }
                    None => errors.push(format!("KEYSTEAD_REGIONS: {region} needs an https address, not {address:?}")),
                },
                None => {
                    served.insert(region, self.region_database(region, errors));
                }
            }
        }
        if served.is_empty() && errors.is_empty() {
            errors.push("KEYSTEAD_REGIONS: at least one region must be served here".to_owned());
        }
        for region in self.database_urls.keys().filter(|region| !served.contains_key(*region)) {
            let name = region.as_str().to_uppercase();
            errors.push(format!("KEYSTEAD_DATABASE_URL_{name}: {region} is not served here (KEYSTEAD_REGIONS)"));
        }
        let all: Vec<&DatabaseUrl> = served.values().collect();
        if all.iter().enumerate().any(|(i, url)| all[..i].contains(url)) {
            errors.push("KEYSTEAD_DATABASE_URL_…: two regions cannot share a database".to_owned());
        }
        (served, elsewhere)
    }

    fn region_database(&self, region: Region, errors: &mut Vec<String>) -> DatabaseUrl {
        let default = DatabaseUrl::Sqlite(self.data.join(format!("{region}.sqlite")));
        let Some(text) = self.database_urls.get(&region) else { return default };
        text.parse().unwrap_or_else(|error| {
            errors.push(format!("KEYSTEAD_DATABASE_URL_{}: {error}", region.as_str().to_uppercase()));
            default
        })
    }

    fn check_mail(&self, public_url: &url::Url, errors: &mut Vec<String>) -> String {
        if let Some(text) = &self.smtp_url {
            let known =
                url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
            if !known {
                errors.push("KEYSTEAD_SMTP_URL: expected smtp://user:password@host:port or smtps://…".to_owned());
            }
        }
        match &self.mail_from {
            Some(text) if !mail::is_sender(text.trim()) => {
                errors.push(format!(
                    "KEYSTEAD_MAIL_FROM: {text:?} is not an address like accounts@example.com or Name <accounts@example.com>"
                ));
                String::new()
            }
            Some(text) => text.trim().to_owned(),
            None if self.smtp_url.is_some() => {
                errors.push("KEYSTEAD_MAIL_FROM: needed when mails go out by SMTP".to_owned());
                String::new()
            }
            None => format!("no-reply@{}", public_url.host_str().unwrap_or("localhost")),
        }
    }
}

fn number(errors: &mut Vec<String>, name: &str, text: &str, least: usize, most: usize) -> usize {
    match text.trim().parse() {
        Ok(number) if (least..=most).contains(&number) => number,
        _ => {
            errors.push(format!("{name}: {text:?} is not a number from {least} to {most}"));
            least
        }
    }
}

fn prefix(errors: &mut Vec<String>, name: &str, text: &str) -> Prefix {
    text.trim().parse().unwrap_or_else(|error| {
        errors.push(format!("{name}: {text:?} {error}"));
        Prefix::default()
    })
}

fn optional_link(errors: &mut Vec<String>, name: &str, text: Option<&str>, schemes: &[&str]) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    match url::Url::parse(text) {
        Ok(url) if schemes.contains(&url.scheme()) => Some(url.to_string()),
        _ => {
            errors.push(format!("{name}: {text:?} is not an address beginning with {}:", schemes.join(": or ")));
            None
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant that parses")]
fn fallback_url() -> url::Url {
    url::Url::parse("http://localhost/").expect("a constant that parses")
}
