//! What each mail says. The templates only lay it out, so that text and HTML cannot say two different things.

use super::compose::House;
use super::letter::Letter;
use super::paths;
use crate::kernel::time::Timestamp;

mod keys;
mod projects;
mod secrets;

const LATE: &str = "After that date nothing can be brought back.";

/// The words of one mail.
#[derive(Default)]
pub(super) struct Words {
    pub subject: String,
    /// What happened, a sentence or two to a paragraph.
    pub happened: Vec<String>,
    /// A list, as of what was erased.
    pub items: Vec<String>,
    pub code: Option<String>,
    pub link: Option<Link>,
    /// What to do if it was not you, or anything else to end with.
    pub unless: String,
}

pub(super) struct Link {
    pub url: String,
    /// Names the host it leads to, so that the button says where it goes before it is pressed.
    pub label: String,
}

#[expect(clippy::too_many_lines, reason = "one arm for each mail, to be read side by side")]
pub(super) fn words(letter: &Letter, house: &House) -> Words {
    let name = &house.name;
    let not_you = "If this was not you, somebody may have your password: change it at once.";
    let say =
        |subject: String, happened: &str| Words { subject, happened: vec![happened.to_owned()], ..Words::default() };
    match letter {
        Letter::ConfirmAddress { code } => Words {
            code: Some(code.clone()),
            unless: "If you did not sign up, ignore this mail: without the code nothing happens.".to_owned(),
            ..say(
                format!("Your {name} confirmation code"),
                "Enter this code to confirm your email address. It works for 10 minutes.",
            )
        },
        Letter::AddressTaken => Words {
            link: Some(link(house, "Sign in", paths::SIGN_IN)),
            unless:
                "If this was not you, nothing needs to be done: nobody got in, and nobody was told that this address \
                     has an account."
                    .to_owned(),
            ..say(
                format!("You already have an account at {name}"),
                "Somebody tried to sign up with this email address, which already has an account. If that was you, sign \
                 in instead; the sign-in page also helps with a forgotten password.",
            )
        },
        Letter::ResetPassword { token } => Words {
            link: Some(link(house, "Choose a new password", &paths::reset(token))),
            unless: "If you did not ask for this, ignore this mail: your password stays as it is.".to_owned(),
            ..say(
                format!("Reset your {name} password"),
                "Somebody asked to reset the password of your account. The link works once, for 10 minutes.",
            )
        },
        Letter::PasswordChanged => Words {
            link: Some(link(house, "Look at your sessions", paths::SESSIONS)),
            unless:
                "If this was not you, reset your password at once with \"Forgot your password?\" on the sign-in page."
                    .to_owned(),
            ..say(
                format!("Your {name} password was changed"),
                "The password of your account was changed, and every other session was ended.",
            )
        },
        Letter::PasswordReset => Words {
            link: Some(link(house, "Sign in", paths::SIGN_IN)),
            unless: "If this was not you, somebody can read your mail: secure your mailbox first, then reset your \
                     password with \"Forgot your password?\" on the sign-in page."
                .to_owned(),
            ..say(
                format!("Your {name} password was reset"),
                "The password of your account was reset with a link from a mail, and every session was ended.",
            )
        },
        Letter::NewBrowser => Words {
            link: Some(link(house, "Look at your sessions", paths::SESSIONS)),
            unless: "If this was not you, end that session and change your password at once.".to_owned(),
            ..say(
                format!("New sign-in to your {name} account"),
                "Your account was signed in to from a browser that was not seen before.",
            )
        },
        Letter::NewTool => Words {
            link: Some(link(house, "Look at your sessions", paths::SESSIONS)),
            unless: "If this was not you, end that session and change your password at once.".to_owned(),
            ..say(
                format!("A tool signed in to your {name} account"),
                "A tool was given your password and can act for you for 30 days, unless you end its session.",
            )
        },
        Letter::ToolAllowed => Words {
            link: Some(link(house, "Look at your sessions", paths::SESSIONS)),
            unless: "If this was not you, end that session and change your password at once.".to_owned(),
            ..say(
                format!("A program signed in to your {name} account"),
                "You allowed a program to sign in, and it did. It can fetch your secrets for 30 days, unless you end its session.",
            )
        },
        Letter::MfaTurnedOn => Words {
            link: Some(link(house, "Look at your sign-in methods", paths::MFA)),
            unless: not_you.to_owned(),
            ..say(
                format!("Multi-factor authentication is on for your {name} account"),
                "An authenticator app was set up. From now on signing in also asks for a code. Keep the recovery codes in \
                 a safe place.",
            )
        },
        Letter::MfaTurnedOff => Words {
            link: Some(link(house, "Look at your sign-in methods", paths::MFA)),
            unless: not_you.to_owned(),
            ..say(
                format!("Multi-factor authentication is off for your {name} account"),
                "Multi-factor authentication was turned off. From now on the password alone signs in. The recovery codes \
                 are gone with it.",
            )
        },
        Letter::RecoveryCodesMade => Words {
            link: Some(link(house, "Look at your sign-in methods", paths::MFA)),
            unless: not_you.to_owned(),
            ..say(
                format!("New recovery codes for your {name} account"),
                "New recovery codes were made. The earlier ones no longer work.",
            )
        },
        Letter::RecoveryCodeUsed { left } => Words {
            link: Some(link(house, "Make new recovery codes", paths::MFA)),
            unless: not_you.to_owned(),
            ..say(
                format!("A recovery code of your {name} account was used"),
                &format!(
                    "A recovery code was used instead of a code from the authenticator app. {} left.",
                    counted(*left, "code is", "codes are")
                ),
            )
        },
        Letter::SessionsEnded { count } => Words {
            link: Some(link(house, "Look at your sessions", paths::SESSIONS)),
            unless: not_you.to_owned(),
            ..say(
                format!("Sessions of your {name} account were ended"),
                &format!("{} ended from another one.", counted(*count, "session was", "sessions were")),
            )
        },
        Letter::SessionsEndedByAdministrator { count } => say(
            format!("Sessions of your {name} account were ended"),
            &format!(
                "An administrator ended {} of your account. You can sign in again.",
                counted(*count, "session", "sessions")
            ),
        ),
        Letter::AccountClosing { username, erase_at, token } => Words {
            link: Some(link(house, "Keep the account", &paths::cancel_closing(token))),
            unless: format!(
                "If this was not you, keep the account with the link above and change your password. {LATE}"
            ),
            ..say(
                format!("Your {name} account is closed"),
                &format!(
                    "The account \"{username}\" was closed: every session and key has ended. Everything in it is erased on \
                     {}. Until then the link below brings it back.",
                    moment(*erase_at)
                ),
            )
        },
        Letter::DeletedByAdministrator { username, reason, erase_at } => Words {
            happened: vec![
                format!("An administrator deleted the account \"{username}\"."),
                format!("The reason given: {reason}"),
                match erase_at {
                    Some(at) => format!("It is closed now, and everything in it is erased on {}.", moment(*at)),
                    None => "Everything in it is being erased now. This cannot be undone.".to_owned(),
                },
            ],
            unless: match erase_at {
                Some(_) => format!(
                    "If this is a mistake, write to whoever runs this service: until then an administrator can bring the \
                     account back. {LATE}"
                ),
                None => String::new(),
            },
            ..say(format!("Your {name} account was deleted"), "")
        },
        Letter::ClosingCancelled { username } => Words {
            link: Some(link(house, "Sign in", paths::SIGN_IN)),
            unless: "If this was not you, sign in and change your password.".to_owned(),
            ..say(
                format!("Your {name} account stays"),
                &format!(
                    "Closing the account \"{username}\" was cancelled. Nothing in it was erased. Sessions that were ended \
                     stay ended: sign in again."
                ),
            )
        },
        Letter::AccountErased { username, counts } => Words {
            items: counts.iter().map(|(what, count)| format!("{what}: {count}")).collect(),
            unless: "This is your receipt. There is nothing left to sign in to, and no further mail will come."
                .to_owned(),
            ..say(
                format!("Your {name} account was erased"),
                &format!("The account \"{username}\" was erased with everything in it:"),
            )
        },
        Letter::Suspended { reason } => Words {
            happened: vec![
                "An administrator suspended your account: its sessions and keys are refused until it is reinstated. \
                 Nothing in it was removed."
                    .to_owned(),
                format!("The reason given: {reason}"),
            ],
            ..say(format!("Your {name} account was suspended"), "")
        },
        Letter::Reinstated => Words {
            link: Some(link(house, "Sign in", paths::SIGN_IN)),
            ..say(
                format!("Your {name} account was reinstated"),
                "Your account is no longer suspended. You can sign in again.",
            )
        },
        Letter::MfaResetRequested { token, effective_at } => Words {
            link: Some(link(house, "Confirm or refuse the reset", &paths::confirm_mfa_reset(token))),
            unless:
                "If you did not ask for this, open the link and choose \"Keep my authenticator\": if you do nothing, the \
                 reset happens."
                    .to_owned(),
            ..say(
                format!("Multi-factor authentication of your {name} account will be reset"),
                &format!(
                    "An administrator asked to remove the authenticator app and the recovery codes of your account. This \
                     takes effect on {}, or at once if you confirm it with the link.",
                    moment(*effective_at)
                ),
            )
        },
        Letter::MfaResetDone => Words {
            link: Some(link(house, "Set up an authenticator app", paths::MFA)),
            unless: "If you did not ask for this, change your password and tell whoever runs this service.".to_owned(),
            ..say(
                format!("Multi-factor authentication of your {name} account was reset"),
                "The authenticator app and the recovery codes of your account were removed, as an administrator had asked. \
                 From now on the password alone signs in, until you set up an authenticator app again.",
            )
        },
        Letter::AdministratorMade => Words {
            link: Some(link(house, "Look at your sign-in methods", paths::MFA)),
            ..say(
                format!("You are an administrator of {name}"),
                "Your account may now enter the administration. It opens once multi-factor authentication is on.",
            )
        },
        Letter::AdministratorWithdrawn => say(
            format!("You are no longer an administrator of {name}"),
            "Your account may no longer enter the administration. Nothing else about it has changed.",
        ),
        Letter::Invitation { token, expires_at } => Words {
            link: Some(link(house, "Sign up", &paths::invitation(token))),
            unless: "If you do not want an account, ignore this mail.".to_owned(),
            ..say(
                format!("You are invited to {name}"),
                &format!(
                    "An administrator invites you to make an account. The invitation is for this email address only and \
                     ends on {}.",
                    moment(*expires_at)
                ),
            )
        },
        Letter::Organization { name, news } => news.words(house, name),
        Letter::Key(letter) => keys::words(letter, house),
        Letter::Project(letter) => projects::words(letter, house),
        Letter::Secret(letter) => secrets::words(letter, house),
        Letter::Test => say(
            format!("A test mail from {name}"),
            "Mail works: this one was sent by the command that tests it. Nothing needs to be done.",
        ),
    }
}

pub(super) fn link(house: &House, label: &str, path: &str) -> Link {
    Link { url: house.link(path), label: format!("{label} at {}", house.host()) }
}

/// `1 code is`, `3 codes are`.
fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `21 November 2026, 05:31 UTC`
pub(super) fn moment(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y, %H:%M UTC").to_string()
}
