//! The settings as they are given: flags, environment, and the files that secrets lie in.
//!
//! Rule: nothing is checked here and nothing else reads the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use crate::kernel::region::Region;

/// The settings as they were given. Each is a flag and an environment variable; those that carry a secret are only a
/// variable, or a file named by the `…_FILE` twin.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Addresses to listen on, comma-separated
    #[arg(long, global = true, env = "KEYSTEAD_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESSES")]
    pub listen: String,
    /// Where people reach this server; links in mails are built from it [default: localhost on the first port]
    #[arg(long, global = true, env = "KEYSTEAD_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Name on pages, in mails and in authenticators
    #[arg(
        id = "instance_name",
        long = "instance-name",
        global = true,
        env = "KEYSTEAD_NAME",
        default_value = "Keystead",
        value_name = "NAME"
    )]
    pub name: String,
    /// The platform's own front page
    #[arg(long, global = true, env = "KEYSTEAD_HOME_URL", value_name = "URL")]
    pub home_url: Option<String>,
    /// mailto: or https: address for security reports; without it there is no security.txt
    #[arg(long, global = true, env = "KEYSTEAD_SECURITY_CONTACT", value_name = "URL")]
    pub security_contact: Option<String>,
    /// Folder for databases, files, mails and the master key
    #[arg(long, global = true, env = "KEYSTEAD_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,
    /// Regions served here; `eu=https://…` is served elsewhere
    #[arg(long, global = true, env = "KEYSTEAD_REGIONS", default_value = "us,eu,ap")]
    pub regions: String,
    /// What the directory's database is reached by; may hold a password, so it is no flag
    #[arg(skip)]
    pub directory_url: Option<String>,
    #[arg(skip)]
    pub database_urls: BTreeMap<Region, String>,
    /// File with the master key [default: master.key in the data folder]
    #[arg(long, global = true, env = "KEYSTEAD_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    #[arg(skip)]
    pub master_key: Option<String>,
    /// What was wrong with reading those that carry a secret
    #[arg(skip)]
    pub unread: Vec<String>,
    #[arg(skip)]
    pub smtp_url: Option<String>,
    /// What backups are encrypted to
    #[arg(skip)]
    pub backup_passphrase: Option<String>,
    /// File that notes who was erased, for the day a backup is restored [default: erasures.log in the data folder]
    #[arg(long, global = true, env = "KEYSTEAD_ERASURE_LOG", value_name = "FILE")]
    pub erasure_log: Option<PathBuf>,
    /// The two ends of `copy-database`, where their addresses carry a password
    #[arg(skip)]
    pub copy_from: Option<String>,
    #[arg(skip)]
    pub copy_to: Option<String>,
    /// Sender of mails
    #[arg(long, global = true, env = "KEYSTEAD_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Who may sign up: open, invited, closed
    #[arg(long, global = true, env = "KEYSTEAD_REGISTRATION", default_value = "open")]
    pub registration: String,
    /// How many reverse proxies to believe in X-Forwarded-For
    #[arg(long, global = true, env = "KEYSTEAD_TRUSTED_PROXIES", default_value = "0", value_name = "N")]
    pub trusted_proxies: String,
    /// Shortest password accepted
    #[arg(long, global = true, env = "KEYSTEAD_PASSWORD_MIN", default_value = "12", value_name = "CHARACTERS")]
    pub password_min: String,
    /// Days in which a closed account can be brought back
    #[arg(long, global = true, env = "KEYSTEAD_DELETION_GRACE_DAYS", default_value = "14", value_name = "DAYS")]
    pub deletion_grace_days: String,
    /// What new project keys begin with, before the underscore; clients that insist on theirs need it
    #[arg(long, global = true, env = "KEYSTEAD_PROJECT_KEY_PREFIX", default_value = "ks", value_name = "PREFIX")]
    pub project_key_prefix: String,
    /// The same for workspace keys
    #[arg(long, global = true, env = "KEYSTEAD_WORKSPACE_KEY_PREFIX", default_value = "ks", value_name = "PREFIX")]
    pub workspace_key_prefix: String,
    /// Requests a minute that one API key may make
    #[arg(long, global = true, env = "KEYSTEAD_RATE_PER_KEY", default_value = "6000", value_name = "N")]
    pub rate_per_key: String,
    /// Requests a minute that all keys and tools of one workspace may make together
    #[arg(long, global = true, env = "KEYSTEAD_RATE_PER_WORKSPACE", default_value = "30000", value_name = "N")]
    pub rate_per_workspace: String,
    /// Plans as a TOML file [default: built in]
    #[arg(long, global = true, env = "KEYSTEAD_PLANS_FILE", value_name = "FILE")]
    pub plans_file: Option<PathBuf>,
    /// Address for Prometheus metrics
    #[arg(long, global = true, env = "KEYSTEAD_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<String>,
    /// Log format: text or json
    #[arg(long, global = true, env = "KEYSTEAD_LOG", default_value = "text")]
    pub log: String,
}

impl Settings {
    /// Adds the settings that carry secrets, from the environment or the files their `…_FILE` twins name.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read_secrets(&mut self) {
        let mut errors = Vec::new();
        let mut secret = |name: &str| -> Option<String> {
            let file = std::env::var(format!("{name}_FILE")).ok().filter(|path| !path.is_empty());
            let text = std::env::var(name).ok().filter(|text| !text.is_empty());
            match (file, text) {
                (Some(_), Some(_)) => {
                    errors.push(format!("{name}: set either it or {name}_FILE, not both"));
                    None
                }
                (Some(path), None) => std::fs::read_to_string(&path)
                    .map(|text| text.trim().to_owned())
                    .map_err(|error| errors.push(format!("{name}_FILE: cannot read {path}: {error}")))
                    .ok(),
                (None, text) => text,
            }
        };
        self.directory_url = secret("KEYSTEAD_DIRECTORY_URL");
        for region in Region::ALL.iter().copied() {
            let name = format!("KEYSTEAD_DATABASE_URL_{}", region.as_str().to_uppercase());
            if let Some(url) = secret(&name) {
                self.database_urls.insert(region, url);
            }
        }
        self.smtp_url = secret("KEYSTEAD_SMTP_URL");
        self.backup_passphrase = secret("KEYSTEAD_BACKUP_PASSPHRASE");
        self.copy_from = secret("KEYSTEAD_COPY_FROM");
        self.copy_to = secret("KEYSTEAD_COPY_TO");
        // The key's own file is checked for who may read it, so it is only named here, not read.
        self.master_key = std::env::var("KEYSTEAD_MASTER_KEY").ok().filter(|text| !text.is_empty());
        if self.master_key.is_some() && self.master_key_file.is_some() {
            errors.push("KEYSTEAD_MASTER_KEY: set either it or KEYSTEAD_MASTER_KEY_FILE, not both".to_owned());
        }
        self.unread = errors;
    }
}
