//! Ids: UUIDv7 as 36 characters of text, one type for each kind of thing, so that they cannot be confused.

use std::fmt;

use super::time::Timestamp;

/// Implemented by every id type; [`crate::crypto::act::Act::id`] makes new ones through it.
pub trait Id: Copy {
    /// From the instant and 80 random bits: RFC 9562, version 7.
    fn from_parts(now: Timestamp, random: [u8; 10]) -> Self;
}

/// A text that is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

pub(crate) fn uuid_text(now: Timestamp, random: [u8; 10]) -> [u8; 36] {
    let uuid = uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid();
    let mut text = [0_u8; 36];
    uuid.hyphenated().encode_lower(&mut text);
    text
}

pub(crate) fn parse_text(text: &str) -> Result<[u8; 36], NotAnId> {
    let uuid = uuid::Uuid::try_parse(text).map_err(|_| NotAnId)?;
    let mut canonical = [0_u8; 36];
    uuid.hyphenated().encode_lower(&mut canonical);
    if canonical == *text.as_bytes() { Ok(canonical) } else { Err(NotAnId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name([u8; 36]);

        impl $name {
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl Id for $name {
            fn from_parts(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_text(now, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_text(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(String::from_sql(bytes)?.parse()?)
            }
        }
    )+};
}

ids! {
    /// One person.
    AccountId,
    /// Whatever can own things. An account's personal workspace bears the account's own id.
    WorkspaceId,
    /// A signed-in browser or tool.
    SessionId,
    /// A browser that an account signed in from before.
    DeviceId,
    /// One recovery code.
    RecoveryCodeId,
    /// One thing that happened.
    EventId,
    /// A piece of work in a region's queue.
    JobId,
    /// A mail in the outbox.
    MailId,
    /// A credential of one of the platform's own programs.
    ServiceTokenId,
    /// An invitation to sign up on this instance.
    AdmissionId,
    /// An invitation into an organization.
    InvitationId,
    /// What holds keys, samples and artifacts.
    ProjectId,
    /// A key of a project or of a workspace.
    ApiKeyId,
    /// A key that devices sign with.
    HmacKeyId,
    /// A dataset or a model.
    ArtifactId,
    /// A file that a device or a tool sent in.
    SampleId,
    /// A named value that jobs get.
    SecretId,
    /// One time a job got one.
    SecretUseId,
    /// What is done after the value of one got out.
    LeakDrillId,
    /// One backup, wherever its file lies.
    BackupId,
}

impl AccountId {
    /// The workspace that only this person has.
    pub fn personal_workspace(self) -> WorkspaceId {
        WorkspaceId(self.0)
    }

    /// The 16 bytes that the text spells, where space is short.
    pub fn to_bytes(self) -> [u8; 16] {
        uuid::Uuid::try_parse(self.as_str()).unwrap_or_default().into_bytes()
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut text = [0_u8; 36];
        uuid::Uuid::from_bytes(bytes).hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl WorkspaceId {
    /// The account whose personal workspace this is, if it is one.
    pub fn as_person(self) -> AccountId {
        AccountId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = AccountId::from_parts(Timestamp::from_seconds(1_700_000_000), [255; 10]);
        let late = AccountId::from_parts(Timestamp::from_seconds(1_700_000_001), [0; 10]);
        assert!(early < late);
        assert_eq!(late.as_str().parse(), Ok(late));
        assert_eq!(AccountId::from_bytes(late.to_bytes()), late);
    }

    #[test]
    fn only_the_canonical_form_is_an_id() {
        assert_eq!("0191".parse::<AccountId>(), Err(NotAnId));
        assert_eq!("018BCFE5-6800-7000-8000-000000000000".parse::<AccountId>(), Err(NotAnId));
    }
}
