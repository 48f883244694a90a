//! What a secret may be called: a name that every system takes as an environment variable, and that none acts on by itself.

use std::fmt;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

const LONGEST: usize = 128;

/// `[A-Z_][A-Z0-9_]{0,127}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct SecretName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    #[error("Enter a name, such as OPENAI_API_KEY.")]
    Missing,
    #[error("Use at most {LONGEST} characters.")]
    Long,
    #[error("Begin with a letter or an underscore.")]
    Beginning,
    #[error("Use letters A to Z, digits and underscores.")]
    Characters,
    /// Right but for its case: the name it could have.
    #[error("Use capital letters: {0}.")]
    LowerCase(String),
    #[error("Choose another name: this one {0}.")]
    Acts(&'static str),
}

/// Names that something acts on by itself, and what it does. One that ends in `*` stands for all that begin so.
const ACTED_ON: &[(&str, &[&str])] = &[
    ("decides which programs are run", &["PATH", "PATHEXT", "COMSPEC"]),
    (
        "tells programs whose files to read",
        &["HOME", "USER", "LOGNAME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_*"],
    ),
    ("tells programs where they are", &["PWD", "OLDPWD", "CDPATH"]),
    (
        "makes every program load other code",
        &["LD_*", "DYLD_*", "GCONV_PATH", "LOCPATH", "GLIBC_TUNABLES", "MALLOC_*", "OPENSSL_CONF", "OPENSSL_ENGINES"],
    ),
    (
        "makes shells run or read something else",
        &["_", "SHELL", "IFS", "ENV", "BASH_*", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "ZDOTDIR", "TERM"],
    ),
    (
        "makes an interpreter run or load something else",
        &[
            "PYTHON*",
            "NODE_OPTIONS",
            "NODE_PATH",
            "NODE_EXTRA_CA_CERTS",
            "PERL5*",
            "PERLLIB",
            "RUBYOPT",
            "RUBYLIB",
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS",
            "_JAVA_OPTIONS",
            "CLASSPATH",
            "PHPRC",
            "PHP_INI_SCAN_DIR",
            "LUA_*",
            "R_HOME",
        ],
    ),
    (
        "makes a tool run another program",
        &["EDITOR", "VISUAL", "PAGER", "BROWSER", "GIT_*", "SSH_ASKPASS", "SUDO_ASKPASS", "RUSTC_WRAPPER", "MAKEFLAGS"],
    ),
    ("is kept for Keystead's own", &["KEYSTEAD_*"]),
];

impl SecretName {
    pub fn parse(typed: &str) -> Result<Self, BadName> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(BadName::Missing);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(BadName::Characters);
        }
        if text.len() > LONGEST {
            return Err(BadName::Long);
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(BadName::Beginning);
        }
        let upper = text.to_ascii_uppercase();
        if let Some((what, _)) = ACTED_ON.iter().find(|(_, names)| names.iter().any(|name| is(name, &upper))) {
            return Err(BadName::Acts(what));
        }
        if upper == text { Ok(Self(upper)) } else { Err(BadName::LowerCase(upper)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::stored_text!(SecretName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_capital_letters_digits_and_underscores() {
        for good in ["OPENAI_API_KEY", "_X", "A", "S3_2"] {
            assert_eq!(SecretName::parse(&format!(" {good} ")).unwrap().as_str(), good);
        }
        let long = "A".repeat(129);
        for (wrong, why) in [
            ("", BadName::Missing),
            ("3D", BadName::Beginning),
            ("MY-KEY", BadName::Characters),
            ("KEY=", BadName::Characters),
            ("KÉY", BadName::Characters),
            ("A B", BadName::Characters),
            (&long, BadName::Long),
            ("openai_key", BadName::LowerCase("OPENAI_KEY".to_owned())),
        ] {
            assert_eq!(SecretName::parse(wrong), Err(why), "{wrong}");
        }
        assert!(SecretName::parse(&"A".repeat(128)).is_ok());
    }

    #[test]
    fn names_that_change_how_a_program_runs_are_refused_with_the_reason_in_either_case() {
        for wrong in ["PATH", "path", "LD_PRELOAD", "LD_AUDIT", "HOME", "BASH_ENV", "PYTHONPATH", "NODE_OPTIONS", "_"] {
            assert!(matches!(SecretName::parse(wrong), Err(BadName::Acts(_))), "{wrong}");
        }
        let said = SecretName::parse("KEYSTEAD_API_KEY").unwrap_err().to_string();
        assert_eq!(said, "Choose another name: this one is kept for Keystead's own.");
        assert!(SecretName::parse("PATHS").is_ok() && SecretName::parse("MY_PATH").is_ok());
    }
}
