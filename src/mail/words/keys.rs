//! The words of mails about keys.

use super::{Words, link, moment};
use crate::mail::compose::House;
use crate::mail::letter::KeyLetter;

#[expect(clippy::too_many_lines, reason = "one arm for each mail, to be read side by side")]
pub(super) fn words(letter: &KeyLetter, house: &House) -> Words {
    let name = &house.name;
    let say = |subject: String, happened: String, path: &str| Words {
        subject,
        happened: vec![happened],
        link: (!path.is_empty()).then(|| link(house, "Look at the keys", path)),
        ..Words::default()
    };
    let unless = "If nobody of you did this, revoke the key at once and change your password.".to_owned();
    match letter {
        KeyLetter::Created { name: key, place, can, path } => Words {
            unless,
            ..say(
                format!("A new API key was created at {name}"),
                format!("The API key \"{key}\" was created for {place}. It can {can}."),
                path,
            )
        },
        KeyLetter::Rotated { name: key, place, ends_at, path } => Words {
            unless,
            ..say(
                format!("An API key was rotated at {name}"),
                format!(
                    "The API key \"{key}\" of {place} has a successor with the same rights. The old one ends on {}.",
                    moment(*ends_at)
                ),
                path,
            )
        },
        KeyLetter::Revoked { name: key, place, gone_at, path } => Words {
            unless: "If nobody of you did this, enable the key again and change your password.".to_owned(),
            ..say(
                format!("An API key was revoked at {name}"),
                format!(
                    "The API key \"{key}\" of {place} is refused from now on. Until {} it can be enabled again, then it \
                     is gone for good.",
                    moment(*gone_at)
                ),
                path,
            )
        },
        KeyLetter::Restored { name: key, place, path } => Words {
            unless,
            ..say(
                format!("An API key was enabled again at {name}"),
                format!("The API key \"{key}\" of {place} is let in again."),
                path,
            )
        },
        KeyLetter::Expires { name: key, place, ends_at, path } => say(
            format!("An API key ends soon at {name}"),
            format!(
                "The API key \"{key}\" of {place} ends on {}. Rotate it to get a successor with the same rights.",
                moment(*ends_at)
            ),
            path,
        ),
        KeyLetter::StillUsed { name: key, place, ends_at, path } => say(
            format!("An API key that ends tomorrow is still used at {name}"),
            format!(
                "The API key \"{key}\" of {place} was rotated and ends on {}, but somebody still uses it. Give them its \
                 successor before.",
                moment(*ends_at)
            ),
            path,
        ),
        KeyLetter::Disabled { person, keys } => Words {
            items: keys.clone(),
            unless:
                "Enable those that are still needed on the page of their project: whoever does so answers for them."
                    .to_owned(),
            ..say(
                format!("API keys were disabled at {name}"),
                format!("{person} may no longer have keys like these, so they are refused from now on:"),
                "",
            )
        },
        KeyLetter::HmacCreated { name: key, place, path } => Words {
            unless,
            ..say(
                format!("A new HMAC key was created at {name}"),
                format!("The HMAC key \"{key}\" was created for {place}. What devices sign with it is believed."),
                path,
            )
        },
        KeyLetter::HmacShown { name: key, place, path } => Words {
            unless,
            ..say(
                format!("An HMAC key was looked at, at {name}"),
                format!("The HMAC key \"{key}\" of {place} was shown in full."),
                path,
            )
        },
        KeyLetter::HmacRevoked { name: key, place, path } => Words {
            unless: "If nobody of you did this, change your password.".to_owned(),
            ..say(
                format!("An HMAC key was revoked at {name}"),
                format!("The HMAC key \"{key}\" of {place} proves nothing any more."),
                path,
            )
        },
    }
}
