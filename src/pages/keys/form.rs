//! The form of a new API key: what was typed, and the same checked.

use serde::Deserialize;

use crate::http::field_errors::FieldErrors;
use crate::http::page::Choice;
use crate::kernel::network::Networks;
use crate::kernel::time::{Timestamp, days};
use crate::projects::api_keys::{NewKey, can};
use crate::projects::key_role::KeyRole;

const NEVER: &str = "never";
const PROPOSED: i64 = 90;
/// What a workspace's key may be.
const OF_WORKSPACE: [KeyRole; 2] = [KeyRole::Admin, KeyRole::ReadOnly];
const LIVES: [i64; 5] = [7, 30, PROPOSED, 180, 365];

/// As typed, so that the page can show it again. There is no secret in it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct KeyTyped {
    pub name: String,
    pub role: String,
    pub is_development: String,
    pub expiry: String,
    pub networks: String,
}

impl KeyTyped {
    /// An empty form, with what is proposed.
    pub fn proposed(roles: &[KeyRole], longest: Option<i64>, is_of_project: bool) -> Self {
        let role = if !is_of_project {
            KeyRole::Admin.as_str()
        } else if roles.contains(&KeyRole::IngestionDeployment) {
            KeyRole::IngestionDeployment.as_str()
        } else {
            roles.last().map_or("", |role| role.as_str())
        };
        let expiry = longest.map_or(PROPOSED, |longest| longest.min(PROPOSED)).to_string();
        Self { role: role.to_owned(), expiry, ..Self::default() }
    }

    pub fn is_development(&self) -> bool {
        self.is_development == "yes"
    }

    /// `roles` are those the maker may give, `longest` the workspace's policy in days.
    pub fn check(
        &self,
        roles: &[KeyRole],
        longest: Option<i64>,
        is_of_project: bool,
        now: Timestamp,
    ) -> Result<NewKey, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.keep("name", "Name", NewKey::name(&self.name));
        let role = if is_of_project {
            let role = self.role.parse().ok().filter(|role| roles.contains(role));
            if role.is_none() {
                errors.add("role", "Role", "Choose one of the roles.");
            }
            role
        } else {
            let role = if self.role.is_empty() { Some(KeyRole::Admin) } else { self.role.parse().ok() };
            let role = role.filter(|role| OF_WORKSPACE.contains(role));
            if role.is_none() {
                errors.add("role", "Gets", "Choose one of the answers.");
            }
            role
        };
        let expires_at = match self.expiry.as_str() {
            NEVER if longest.is_none() => Some(None),
            text => match text.parse::<i64>() {
                Ok(lives) if lives > 0 && lives <= longest.unwrap_or(3_650) => {
                    Some(Some(now.plus(days(lives.unsigned_abs()))))
                }
                _ => None,
            },
        };
        if expires_at.is_none() {
            let text = match longest {
                Some(longest) => format!("Choose at most {longest} days: a policy of the organization says so."),
                None => "Choose one of the answers.".to_owned(),
            };
            errors.add("expiry", "Expires", text);
        }
        let networks = errors.keep("networks", "Networks", Networks::parse(&self.networks));
        match (name, role, expires_at, networks) {
            (Some(name), Some(role), Some(expires_at), Some(networks)) if errors.is_empty() => {
                Ok(NewKey { name, role, is_development: self.is_development() && is_of_project, expires_at, networks })
            }
            _ => Err(errors),
        }
    }
}

/// Of a key of a workspace.
pub fn reach_choices() -> Vec<Choice> {
    let reach = |role: KeyRole, title| Choice::new(role.as_str(), title).with_note(format!("Can {}.", can(role, None)));
    vec![reach(KeyRole::Admin, "Account and secrets"), reach(KeyRole::ReadOnly, "Account only")]
}

pub fn role_choices(roles: &[KeyRole]) -> Vec<Choice> {
    let sentence = |can: &str| format!("Can {can}.");
    roles.iter().map(|role| Choice::new(role.as_str(), role.title()).with_note(sentence(role.can()))).collect()
}

/// As far as the policy allows.
pub fn expiry_choices(longest: Option<i64>) -> Vec<Choice> {
    let mut lives: Vec<i64> =
        LIVES.into_iter().filter(|lives| longest.is_none_or(|longest| *lives <= longest)).collect();
    if let Some(longest) = longest.filter(|longest| !lives.contains(longest) && *longest < 365) {
        lives.push(longest);
    }
    let words = |lives: i64| match lives {
        1 => "In 1 day".to_owned(),
        365 => "In a year".to_owned(),
        lives => format!("In {lives} days"),
    };
    let mut choices: Vec<Choice> =
        lives.into_iter().map(|lives| Choice::new(lives.to_string(), words(lives))).collect();
    if longest.is_none() {
        choices.push(Choice::new(NEVER, "Never"));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(longest: Option<i64>) -> Vec<String> {
        expiry_choices(longest).into_iter().map(|choice| choice.value.into_owned()).collect()
    }

    #[test]
    fn a_policy_takes_away_what_it_forbids() {
        assert_eq!(values(None), ["7", "30", "90", "180", "365", "never"]);
        assert_eq!(values(Some(45)), ["7", "30", "45"]);
        assert_eq!(values(Some(3)), ["3"]);
        let now = Timestamp::from_seconds(1_795_000_000);
        let typed = KeyTyped { name: "ci".to_owned(), ..KeyTyped::proposed(KeyRole::ALL, Some(45), true) };
        assert_eq!(typed.check(KeyRole::ALL, Some(45), true, now).unwrap().expires_at, Some(now.plus(days(45))));
        for wrong in ["never", "46", "0", "-1", "", "soon"] {
            let typed = KeyTyped {
                name: "ci".to_owned(),
                expiry: wrong.to_owned(),
                role: "admin".to_owned(),
                ..KeyTyped::default()
            };
            assert!(typed.check(KeyRole::ALL, Some(45), true, now).is_err(), "{wrong}");
        }
    }
}
