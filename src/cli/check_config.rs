//! `keystead check-config`: says everything that is wrong with the settings at once, or how they are understood.

use super::{Outcome, open, say};
use crate::config::{Config, LogFormat, MasterKeySource, Registration, Settings};

/// What needs a look at the disk, told beside the errors in single settings.
pub fn beyond(settings: &Settings) -> Vec<String> {
    open::check_master_key(&settings.master_key_source()).err().into_iter().collect()
}

/// Single settings are right when this is reached.
pub fn run(config: &Config) -> Outcome {
    let mut errors = Vec::new();
    let master_key = match &config.master_key {
        MasterKeySource::Text(_) => "from KEYSTEAD_MASTER_KEY (hidden)".to_owned(),
        MasterKeySource::File { path, may_create: true } if !path.exists() => {
            format!("{}, made at the first start", path.display())
        }
        MasterKeySource::File { path, .. } => path.display().to_string(),
    };
    errors.extend(open::check_master_key(&config.master_key).err());
    if let Some(url) = &config.smtp_url {
        errors.extend(open::check_smtp(url, config).err());
    }
    if !errors.is_empty() {
        return Err(format!("The configuration cannot be used:\n{}", errors.join("\n")));
    }
    for (name, value) in effective(config, master_key) {
        say(&format!("{name:<29} {value}"));
    }
    Ok(())
}

/// Name and value of every setting, defaults filled in, passwords left out.
fn effective(config: &Config, master_key: String) -> Vec<(String, String)> {
    let none = || "(none)".to_owned();
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(none);
    let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    let here = config.served.keys().map(ToString::to_string);
    let there = config.elsewhere.iter().map(|(region, url)| format!("{region}={url}"));
    let plans: Vec<&str> = config.plans.all().map(|plan| plan.id.as_str()).collect();
    let mut all = vec![
        ("KEYSTEAD_LISTEN", listen.join(",")),
        ("KEYSTEAD_PUBLIC_URL", config.public_url.to_string()),
        ("KEYSTEAD_NAME", config.name.clone()),
        ("KEYSTEAD_HOME_URL", or_none(&config.home_url)),
        ("KEYSTEAD_SECURITY_CONTACT", or_none(&config.security_contact)),
        ("KEYSTEAD_DATA", config.data.display().to_string()),
        ("KEYSTEAD_ERASURE_LOG", config.erasure_log.display().to_string()),
        ("KEYSTEAD_REGIONS", here.chain(there).collect::<Vec<_>>().join(",")),
        ("KEYSTEAD_DIRECTORY_URL", config.directory.to_string()),
    ];
    let mut named: Vec<(String, String)> = all.drain(..).map(|(name, value)| (name.to_owned(), value)).collect();
    named.extend(
        config.served.iter().map(|(region, url)| {
            (format!("KEYSTEAD_DATABASE_URL_{}", region.as_str().to_uppercase()), url.to_string())
        }),
    );
    let rest = [
        ("KEYSTEAD_MASTER_KEY_FILE", master_key),
        (
            "KEYSTEAD_BACKUP_PASSPHRASE",
            if config.backup_passphrase.is_some() { "(hidden)" } else { "(none: backups are not encrypted)" }
                .to_owned(),
        ),
        (
            "KEYSTEAD_SMTP_URL",
            config.smtp_url.as_deref().map_or_else(|| "(none: mails become files)".to_owned(), host_of),
        ),
        ("KEYSTEAD_MAIL_FROM", config.mail_from.clone()),
        ("KEYSTEAD_REGISTRATION", registration(config.registration).to_owned()),
        ("KEYSTEAD_TRUSTED_PROXIES", config.trusted_proxies.to_string()),
        ("KEYSTEAD_PROJECT_KEY_PREFIX", config.project_key_prefix.to_string()),
        ("KEYSTEAD_WORKSPACE_KEY_PREFIX", config.workspace_key_prefix.to_string()),
        ("KEYSTEAD_RATE_PER_KEY", config.rates.key.to_string()),
        ("KEYSTEAD_RATE_PER_WORKSPACE", config.rates.workspace.to_string()),
        ("KEYSTEAD_PASSWORD_MIN", config.password_min.to_string()),
        ("KEYSTEAD_DELETION_GRACE_DAYS", config.deletion_grace_days.to_string()),
        ("KEYSTEAD_PLANS_FILE", format!("(plans {})", plans.join(", "))),
        ("KEYSTEAD_METRICS_LISTEN", config.metrics_listen.map_or_else(none, |address| address.to_string())),
        ("KEYSTEAD_LOG", log(config.log).to_owned()),
    ];
    named.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    named
}

/// The mail server without the password that may stand before it.
fn host_of(url: &str) -> String {
    let Ok(parsed) = url::Url::parse(url) else { return "(hidden)".to_owned() };
    let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", parsed.scheme(), parsed.host_str().unwrap_or_default())
}

fn log(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    }
}

fn registration(registration: Registration) -> &'static str {
    match registration {
        Registration::Open => "open",
        Registration::Invited => "invited",
        Registration::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_servers_password_is_not_shown() {
        assert_eq!(host_of("smtps://keystead:s3cret@mail.example.org:465"), "smtps://mail.example.org:465");
    }
}
