//! Where a database is: a SQLite file or a PostgreSQL server.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Shown without the password, everywhere.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let parsed = ::url::Url::parse(text).map_err(|e| format!("not a PostgreSQL address: {e}"))?;
            if parsed.path().len() < 2 {
                return Err("a PostgreSQL address needs the database's name, as in postgres://host/name".to_owned());
            }
            refuse_plain_text(&parsed)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err("expected postgres://… or the path of a SQLite file".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// Password hashes and addresses never cross a network in the clear, unless the operator writes `sslmode=disable`.
fn refuse_plain_text(url: &::url::Url) -> Result<(), String> {
    let options = |name: &'static str| url.query_pairs().filter(move |(key, _)| key == name).map(|(_, value)| value);
    let hosts = options("host").chain(options("hostaddr")).chain(url.host_str().map(Cow::from));
    let is_here = hosts.into_iter().all(|hosts| hosts.split(',').all(is_this_machine));
    let asked = options("sslmode").last().unwrap_or_default();
    let has_tls = cfg!(feature = "postgres-tls");
    match &*asked {
        "disable" => Ok(()),
        _ if is_here => Ok(()),
        "require" | "verify-ca" | "verify-full" if has_tls => Ok(()),
        _ if has_tls => {
            Err("a PostgreSQL on another machine needs sslmode=verify-full (or require), or sslmode=disable \
                             where nobody can listen"
                .to_owned())
        }
        _ => Err("a PostgreSQL on another machine needs TLS, which comes with `--features postgres-tls`; or write \
                  ?sslmode=disable behind the name where nobody can listen"
            .to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    // A path is a socket.
    host.is_empty()
        || host == "localhost"
        || host.starts_with(['/', '@'])
        || host.starts_with("%2F")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(text) => match ::url::Url::parse(text) {
                Ok(mut parsed) => {
                    // `set_password` refuses only URLs without a host; those have no password either.
                    let _ = parsed.password().is_some() && parsed.set_password(Some("hidden")).is_ok();
                    parsed.set_query(None);
                    f.write_str(parsed.as_str())
                }
                Err(_) => f.write_str("postgres://(unreadable)"),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let url: DatabaseUrl =
            "postgres://keystead:s3cret@db.example/eu?sslmode=disable&password=other".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://keystead:hidden@db.example/eu");
        assert!(!format!("{url:?}").contains("s3cret"));
    }

    #[test]
    fn another_machine_is_reached_by_tls_or_in_the_clear_by_name_only() {
        let reads = |text: &str| text.parse::<DatabaseUrl>().is_ok();
        for here in [
            "postgres://keystead@localhost/eu",
            "postgres://127.0.0.1:5433/eu",
            "postgres://[::1]/eu",
            "postgres:///eu?host=/var/run/postgresql",
            "postgres://%2Fvar%2Frun/eu",
            "postgres://localhost/eu?host=/tmp/x",
            "postgres://10.0.0.7/eu?sslmode=disable",
        ] {
            assert!(reads(here), "{here}");
        }
        for elsewhere in [
            "postgres://db.example.com/eu",
            "postgres://db.example.com/eu?sslmode=prefer",
            "postgres:///eu?host=db.example.com",
            "postgres://localhost/eu?hostaddr=192.0.2.7",
            "postgres://localhost/eu?host=localhost,db.example.com",
        ] {
            assert!(!reads(elsewhere), "{elsewhere}");
        }
        let asks_for_tls = "postgres://db.example.com/eu?sslmode=verify-full";
        assert_eq!(reads(asks_for_tls), cfg!(feature = "postgres-tls"));
    }

    #[test]
    fn a_path_is_a_sqlite_file() {
        assert_eq!("sqlite:///var/x.sqlite".parse(), Ok(DatabaseUrl::Sqlite("/var/x.sqlite".into())));
        assert_eq!("data/x.sqlite".parse(), Ok(DatabaseUrl::Sqlite("data/x.sqlite".into())));
        assert!("mysql://x/y".parse::<DatabaseUrl>().is_err());
        assert!("postgres://host".parse::<DatabaseUrl>().is_err());
    }
}
