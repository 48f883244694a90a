//! The words of mails about secrets.

use super::{Words, link, moment};
use crate::mail::compose::House;
use crate::mail::letter::SecretLetter;

/// More names make no mail better.
const MOST_NAMES: usize = 50;

pub(super) fn words(letter: &SecretLetter, house: &House) -> Words {
    let name = &house.name;
    let unless = "If nobody of you did this, look at the secrets at once and change your password.".to_owned();
    let say = |subject: String, happened: String, path: &str| Words {
        subject,
        happened: vec![happened],
        link: Some(link(house, "Look at the secrets", path)),
        unless: unless.clone(),
        ..Words::default()
    };
    match letter {
        SecretLetter::Kept { added, replaced, place, path } => kept(added, replaced, place, path, &say, name),
        SecretLetter::RolledBack { name: secret, version, place, path } => say(
            format!("A secret was rolled back at {name}"),
            format!("Jobs of {place} get version {version} of the secret {secret} from now on."),
            path,
        ),
        SecretLetter::Changed { name: secret, place, path } => say(
            format!("A secret was changed at {name}"),
            format!("Which jobs get the secret {secret} of {place}, or for how long, was changed."),
            path,
        ),
        SecretLetter::Deleted { name: secret, erase_at, place, path } => say(
            format!("A secret was deleted at {name}"),
            format!(
                "Jobs of {place} no longer get the secret {secret}. Until {} it can be restored, then it is erased.",
                moment(*erase_at)
            ),
            path,
        ),
        SecretLetter::Restored { name: secret, place, path } => say(
            format!("A secret was restored at {name}"),
            format!("Jobs of {place} get the secret {secret} again."),
            path,
        ),
        SecretLetter::Expires { name: secret, ends_at, place, path } => Words {
            unless: String::new(),
            ..say(
                format!("A secret ends soon at {name}"),
                format!(
                    "Jobs of {place} get the secret {secret} until {}. Give it more time if they still need it.",
                    moment(*ends_at)
                ),
                path,
            )
        },
        SecretLetter::Leaked { name: secret, version, is_withheld, place, path } => drill(
            say(
                format!("A secret was marked as leaked at {name}"),
                format!(
                    "Version {version} of the secret {secret} of {place} may be known to others. {} The page of the leak lists where it was used and what to do now: first of all, revoke the value where it came from.",
                    jobs_get(*is_withheld)
                ),
                path,
            ),
            house,
            path,
        ),
        SecretLetter::Withheld { name: secret, is_withheld, place, path } => drill(
            say(
                format!("Which jobs get a leaked secret was changed at {name}"),
                format!("The secret {secret} of {place} is marked as leaked. {}", jobs_get(*is_withheld)),
                path,
            ),
            house,
            path,
        ),
        SecretLetter::LeakClosed { name: secret, is_false_alarm, place, path } => drill(
            say(
                format!("A leak drill was closed at {name}"),
                if *is_false_alarm {
                    format!("The leak of the secret {secret} of {place} was called a false alarm. Jobs get its value.")
                } else {
                    format!("The leak drill of the secret {secret} of {place} was closed.")
                },
                path,
            ),
            house,
            path,
        ),
    }
}

/// The same with a link to the drill.
fn drill(words: Words, house: &House, path: &str) -> Words {
    Words { link: Some(link(house, "Look at the leak", path)), ..words }
}

fn jobs_get(is_withheld: bool) -> &'static str {
    if is_withheld { "Jobs no longer get it, until its value is replaced." } else { "Jobs go on getting it." }
}

fn kept(
    added: &[String],
    replaced: &[String],
    place: &str,
    path: &str,
    say: &impl Fn(String, String, &str) -> Words,
    house: &str,
) -> Words {
    match (added, replaced) {
        ([one], []) => say(
            format!("A secret was added at {house}"),
            format!("The secret {one} was added to {place}. Its jobs get it as an environment variable."),
            path,
        ),
        ([], [one]) => say(
            format!("A secret was replaced at {house}"),
            format!("The secret {one} of {place} has a new value, which jobs get from now on."),
            path,
        ),
        _ => {
            let named = |names: &[String], what: &'static str| -> Vec<String> {
                names.iter().map(|name| format!("{name} ({what})")).collect()
            };
            let mut items = [named(added, "new"), named(replaced, "replaced")].concat();
            let more = items.len().saturating_sub(MOST_NAMES);
            items.truncate(MOST_NAMES);
            if more > 0 {
                items.push(format!("and {more} more"));
            }
            Words {
                items,
                ..say(
                    format!("Secrets were added or replaced at {house}"),
                    format!("A file of secrets was taken into {place}:"),
                    path,
                )
            }
        }
    }
}
