//! What may be recorded, by hand: for each event the facts that stay for ever and the personal part that can be erased.

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::organization::OrganizationEvent;
use crate::kernel::id::{AdmissionId, JobId, ServiceTokenId};
use crate::kernel::time::Timestamp;
use crate::text_enum;

mod keys;
mod secrets;

pub use keys::{KeyEvent, ProjectEvent};
pub use secrets::SecretEvent;

text_enum! {
    /// Why somebody was not let in. Recorded for the owner; the page never says which.
    pub enum Refused {
        WrongPassword = "wrong password",
        WrongCode = "wrong code",
        UsedCode = "code used before",
        NotConfirmed = "address not confirmed",
        Suspended = "account suspended",
        Closing = "account closed",
        TooManyTries = "too many tries",
    }
}

text_enum! {
    /// What a sign-in or a step-up was asked for beside the password.
    pub enum SecondFactor {
        None = "none",
        App = "authenticator app",
        RecoveryCode = "recovery code",
        TrustedBrowser = "trusted browser",
    }
}

/// One thing that happened. `reason` and `name` are what people typed: they go into the erasable part.
#[derive(Clone, Debug)]
pub enum Event {
    EmailConfirmed,
    SignInSucceeded {
        is_new_browser: bool,
        is_remembered: bool,
        second_factor: SecondFactor,
    },
    SignInFailed {
        reason: Refused,
    },
    SignOut,
    /// A person let a program that asked sign in as them, or turned it away.
    ToolAllowed,
    ToolRefused,
    SessionEnded,
    SessionsEnded {
        count: i64,
    },
    PasswordChanged,
    PasswordResetRequested,
    PasswordReset,
    PasswordResetRefused {
        reason: Refused,
    },
    MfaTurnedOn,
    MfaTurnedOff,
    RecoveryCodesMade {
        count: i64,
    },
    RecoveryCodesChecked,
    RecoveryCodeUsed {
        left: i64,
    },
    BrowserTrusted {
        until: Timestamp,
    },
    BrowserUntrusted {
        count: i64,
    },
    /// `to` names the act, as in "change your password".
    StepUpSucceeded {
        to: &'static str,
        second_factor: SecondFactor,
    },
    StepUpFailed {
        to: &'static str,
        reason: Refused,
    },
    /// The names of the fields, never what is in them.
    ProfileChanged {
        fields: Vec<&'static str>,
    },
    PhotoChanged,
    PhotoRemoved,
    AccountClosing {
        erase_at: Timestamp,
    },
    ClosingCancelled,
    /// How many rows and files went, by step.
    AccountErased {
        counts: Vec<(String, i64)>,
    },
    AccountSuspended {
        reason: String,
    },
    AccountReinstated {
        reason: String,
    },
    AccountOpened,
    AccountDeleted {
        reason: String,
        erase_at: Option<Timestamp>,
    },
    SessionsEndedByAdministrator {
        count: i64,
    },
    MfaResetRequested {
        effective_at: Timestamp,
    },
    MfaResetCancelled,
    MfaResetDone {
        is_confirmed_by_owner: bool,
    },
    AdministratorMade,
    AdministratorWithdrawn,
    AccountsExported {
        rows: i64,
    },
    JobRetried {
        job: JobId,
        name: String,
    },
    JobDiscarded {
        job: JobId,
        name: String,
    },
    /// Whose address it was, the invitation knows as long as it is open: nothing could take it out of here when its
    /// owner is erased, in whatever region.
    AdmissionInvited {
        admission: AdmissionId,
    },
    AdmissionWithdrawn {
        admission: AdmissionId,
    },
    AdmissionUsed {
        admission: AdmissionId,
    },
    /// `what` names the page or the act, as in "the administration".
    AccessRefused {
        what: &'static str,
    },
    ServiceTokenCreated {
        token: ServiceTokenId,
        name: String,
    },
    ServiceTokenRevoked {
        token: ServiceTokenId,
        name: String,
    },
    /// `key` is its id, which tells nothing about it.
    MasterKeyMade {
        key: String,
    },
    MasterKeyRetired {
        key: String,
    },
    Organization(OrganizationEvent),
    Key(KeyEvent),
    Project(ProjectEvent),
    Secret(SecretEvent),
}

impl Event {
    pub fn kind(&self) -> Kind {
        match self {
            Self::EmailConfirmed => Kind::EmailConfirmed,
            Self::SignInSucceeded { .. } => Kind::SignInSucceeded,
            Self::SignInFailed { .. } => Kind::SignInFailed,
            Self::SignOut => Kind::SignOut,
            Self::ToolAllowed => Kind::ToolAllowed,
            Self::ToolRefused => Kind::ToolRefused,
            Self::SessionEnded => Kind::SessionEnded,
            Self::SessionsEnded { .. } => Kind::SessionsEnded,
            Self::PasswordChanged => Kind::PasswordChanged,
            Self::PasswordResetRequested => Kind::PasswordResetRequested,
            Self::PasswordReset => Kind::PasswordReset,
            Self::PasswordResetRefused { .. } => Kind::PasswordResetRefused,
            Self::MfaTurnedOn => Kind::MfaTurnedOn,
            Self::MfaTurnedOff => Kind::MfaTurnedOff,
            Self::RecoveryCodesMade { .. } => Kind::RecoveryCodesMade,
            Self::RecoveryCodesChecked => Kind::RecoveryCodesChecked,
            Self::RecoveryCodeUsed { .. } => Kind::RecoveryCodeUsed,
            Self::BrowserTrusted { .. } => Kind::BrowserTrusted,
            Self::BrowserUntrusted { .. } => Kind::BrowserUntrusted,
            Self::StepUpSucceeded { .. } => Kind::StepUpSucceeded,
            Self::StepUpFailed { .. } => Kind::StepUpFailed,
            Self::ProfileChanged { .. } => Kind::ProfileChanged,
            Self::PhotoChanged => Kind::PhotoChanged,
            Self::PhotoRemoved => Kind::PhotoRemoved,
            Self::AccountClosing { .. } => Kind::AccountClosing,
            Self::ClosingCancelled => Kind::ClosingCancelled,
            Self::AccountErased { .. } => Kind::AccountErased,
            Self::AccountSuspended { .. } => Kind::AccountSuspended,
            Self::AccountReinstated { .. } => Kind::AccountReinstated,
            Self::AccountOpened => Kind::AccountOpened,
            Self::AccountDeleted { .. } => Kind::AccountDeleted,
            Self::SessionsEndedByAdministrator { .. } => Kind::SessionsEndedByAdministrator,
            Self::MfaResetRequested { .. } => Kind::MfaResetRequested,
            Self::MfaResetCancelled => Kind::MfaResetCancelled,
            Self::MfaResetDone { .. } => Kind::MfaResetDone,
            Self::AdministratorMade => Kind::AdministratorMade,
            Self::AdministratorWithdrawn => Kind::AdministratorWithdrawn,
            Self::AccountsExported { .. } => Kind::AccountsExported,
            Self::JobRetried { .. } => Kind::JobRetried,
            Self::JobDiscarded { .. } => Kind::JobDiscarded,
            Self::AdmissionInvited { .. } => Kind::AdmissionInvited,
            Self::AdmissionWithdrawn { .. } => Kind::AdmissionWithdrawn,
            Self::AdmissionUsed { .. } => Kind::AdmissionUsed,
            Self::AccessRefused { .. } => Kind::AccessRefused,
            Self::ServiceTokenCreated { .. } => Kind::ServiceTokenCreated,
            Self::ServiceTokenRevoked { .. } => Kind::ServiceTokenRevoked,
            Self::MasterKeyMade { .. } => Kind::MasterKeyMade,
            Self::MasterKeyRetired { .. } => Kind::MasterKeyRetired,
            Self::Organization(event) => event.kind(),
            Self::Key(event) => event.kind(),
            Self::Project(event) => event.kind(),
            Self::Secret(event) => event.kind(),
        }
    }

    /// What stays for ever: counts, instants, ids and words of our own. Nothing here may have been typed by a person.
    pub(super) fn facts(&self) -> Map<String, Value> {
        let facts = match self {
            Self::SignInSucceeded { is_new_browser, is_remembered, second_factor } => {
                json!({ "new_browser": is_new_browser, "remembered": is_remembered, "second_factor": second_factor })
            }
            Self::SignInFailed { reason } | Self::PasswordResetRefused { reason } => json!({ "reason": reason }),
            Self::SessionsEnded { count }
            | Self::RecoveryCodesMade { count }
            | Self::BrowserUntrusted { count }
            | Self::SessionsEndedByAdministrator { count } => json!({ "count": count }),
            Self::RecoveryCodeUsed { left } => json!({ "left": left }),
            Self::BrowserTrusted { until } => json!({ "until": until.to_string() }),
            Self::StepUpSucceeded { to, second_factor } => json!({ "to": to, "second_factor": second_factor }),
            Self::StepUpFailed { to, reason } => json!({ "to": to, "reason": reason }),
            Self::ProfileChanged { fields } => json!({ "fields": fields }),
            Self::AccountClosing { erase_at } => json!({ "erase_at": erase_at.to_string() }),
            Self::AccountErased { counts } => {
                let counts: Map<String, Value> = counts.iter().map(|(what, n)| (what.clone(), json!(n))).collect();
                json!({ "counts": counts })
            }
            Self::AccountDeleted { erase_at, .. } => json!({ "erase_at": erase_at.map(|at| at.to_string()) }),
            Self::MfaResetRequested { effective_at } => json!({ "effective_at": effective_at.to_string() }),
            Self::MfaResetDone { is_confirmed_by_owner } => json!({ "confirmed_by_owner": is_confirmed_by_owner }),
            Self::AccountsExported { rows } => json!({ "rows": rows }),
            // A job's name is a word of the program.
            Self::JobRetried { job, name } | Self::JobDiscarded { job, name } => json!({ "job": job, "name": name }),
            Self::AdmissionInvited { admission }
            | Self::AdmissionWithdrawn { admission }
            | Self::AdmissionUsed { admission } => json!({ "admission": admission }),
            Self::AccessRefused { what } => json!({ "what": what }),
            Self::ServiceTokenCreated { token, .. } | Self::ServiceTokenRevoked { token, .. } => {
                json!({ "token": token })
            }
            Self::MasterKeyMade { key } | Self::MasterKeyRetired { key } => {
                json!({ "key": key })
            }
            Self::Organization(event) => event.facts(),
            Self::Key(event) => event.facts(),
            Self::Project(event) => event.facts(),
            Self::Secret(event) => event.facts(),
            Self::EmailConfirmed
            | Self::SignOut
            | Self::ToolAllowed
            | Self::ToolRefused
            | Self::SessionEnded
            | Self::PasswordChanged
            | Self::PasswordResetRequested
            | Self::PasswordReset
            | Self::MfaTurnedOn
            | Self::MfaTurnedOff
            | Self::RecoveryCodesChecked
            | Self::PhotoChanged
            | Self::PhotoRemoved
            | Self::ClosingCancelled
            | Self::AccountSuspended { .. }
            | Self::AccountReinstated { .. }
            | Self::AccountOpened
            | Self::MfaResetCancelled
            | Self::AdministratorMade
            | Self::AdministratorWithdrawn => json!({}),
        };
        match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        }
    }

    /// What people typed; goes when the person goes.
    pub(super) fn typed(&self) -> Map<String, Value> {
        let (key, text) = match self {
            Self::AccountSuspended { reason }
            | Self::AccountReinstated { reason }
            | Self::AccountDeleted { reason, .. } => ("reason", reason.as_str()),
            Self::ServiceTokenCreated { name, .. } | Self::ServiceTokenRevoked { name, .. } => ("name", name.as_str()),
            Self::Key(event) => ("name", event.name()),
            Self::Project(event) => ("name", event.name()),
            Self::Secret(event) => ("name", event.name()),
            _ => return Map::new(),
        };
        let mut typed = Map::new();
        typed.insert(key.to_owned(), Value::from(text));
        typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::Id;

    #[test]
    fn what_people_typed_is_in_the_erasable_part_only() {
        let now = Timestamp::from_seconds(1_795_239_060);
        let typed = || "typed by a person".to_owned();
        let token = ServiceTokenId::from_parts(now, [1; 10]);
        for event in [
            Event::AccountSuspended { reason: typed() },
            Event::AccountReinstated { reason: typed() },
            Event::AccountDeleted { reason: typed(), erase_at: Some(now) },
            Event::ServiceTokenCreated { token, name: typed() },
            Event::ServiceTokenRevoked { token, name: typed() },
            Event::Key(KeyEvent::Renamed {
                key: crate::kernel::id::ApiKeyId::from_parts(now, [1; 10]),
                project: None,
                name: typed(),
            }),
            Event::Project(ProjectEvent::Created {
                project: crate::kernel::id::ProjectId::from_parts(now, [1; 10]),
                name: typed(),
            }),
            Event::Secret(SecretEvent::Added {
                secret: crate::kernel::id::SecretId::from_parts(now, [1; 10]),
                name: typed(),
            }),
        ] {
            let (facts, personal) =
                (Value::Object(event.facts()).to_string(), Value::Object(event.typed()).to_string());
            assert!(!facts.contains("typed by"), "{event:?}");
            assert!(personal.contains("typed by"), "{event:?}");
        }
    }
}
