//! Where a database is: a SQLite file or a PostgreSQL server.

use std::fmt;
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
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err("expected postgres://… or the path of a SQLite file".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
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
        let url: DatabaseUrl = "postgres://keystead:s3cret@db.example/eu?password=other".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://keystead:hidden@db.example/eu");
        assert!(!format!("{url:?}").contains("s3cret"));
    }

    #[test]
    fn a_path_is_a_sqlite_file() {
        assert_eq!("sqlite:///var/x.sqlite".parse(), Ok(DatabaseUrl::Sqlite("/var/x.sqlite".into())));
        assert_eq!("data/x.sqlite".parse(), Ok(DatabaseUrl::Sqlite("data/x.sqlite".into())));
        assert!("mysql://x/y".parse::<DatabaseUrl>().is_err());
        assert!("postgres://host".parse::<DatabaseUrl>().is_err());
    }
}
