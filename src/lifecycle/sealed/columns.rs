//! The columns that hold sealed values, one by one.

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable};

use super::{Column, Found, PAGE};
use crate::crypto::keyring::named_place;
use crate::db::Db;
use crate::db::schema::{
    admissions, api_keys, hmac_keys, mails, named_keys, secret_versions, secrets, shown_once, totp_factors,
};
use crate::entry::invitation;
use crate::kernel::id::{
    AccountId, AdmissionId, ApiKeyId, HmacKeyId, MailId, ProjectId, SecretId, SessionId, WorkspaceId,
};
use crate::mail;
use crate::mfa;
use crate::projects::{api_keys as projects_keys, hmac_keys as signing_keys};
use crate::secrets::versions;
use crate::sessions::shown_once as looks;

diesel::define_sql_function! {
    fn substr(bytes: Nullable<Binary>, from: Integer, count: Integer) -> Nullable<Binary>;
}

/// Where the name of the master key stands in a sealed value, counted from one, and how long it is.
const KEY_FROM: i32 = 2;
const KEY_LENGTH: i32 = 4;

macro_rules! counts {
    ($db:expr, $table:ident::$sealed:ident) => {
        counted($db, stringify!($table), stringify!($sealed))
    };
}

/// A column of a table with a key of one text, its rows told apart by that.
macro_rules! column {
    ($what:literal, $table:ident::$sealed:ident by $key:ident, $fields:expr, |$row:ident: $Row:ty| $place:expr) => {
        Column {
            what: $what,
            page: |db, (after, _), but| {
                let sealed = $table::$sealed.nullable();
                let rows: Vec<($Row, Option<Vec<u8>>)> = $table::table
                    .filter(sealed.is_not_null())
                    .filter(substr(sealed, KEY_FROM, KEY_LENGTH).ne(Some(but)))
                    .filter($table::$key.gt(after))
                    .order($table::$key)
                    .limit(PAGE)
                    .select(($fields, sealed))
                    .load(db)?;
                Ok(rows.iter().map(|($row, sealed)| Found::at($place, sealed.clone())).collect())
            },
            put: |db, found, new| {
                let row = $table::table.filter($table::$key.eq(&found.row)).filter($table::$sealed.eq(&found.sealed));
                diesel::update(row).set($table::$sealed.eq(new)).execute(db)
            },
            count: |db| counts!(db, $table::$sealed),
        }
    };
}

#[derive(QueryableByName)]
pub(super) struct Count {
    #[diesel(sql_type = Nullable<Binary>)]
    pub id: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How many values of a column need which key.
fn counted(db: &mut Db, table: &str, sealed: &str) -> QueryResult<Vec<Count>> {
    let sql = format!(
        "SELECT substr({sealed}, {KEY_FROM}, {KEY_LENGTH}) AS id, count(*) AS count FROM {table}
         WHERE {sealed} IS NOT NULL GROUP BY 1"
    );
    crate::on_each!(db, |c| diesel::sql_query(sql).load(c))
}

pub const OF_DIRECTORY: &[Column] = &[
    column!("the key of the instance", named_keys::wrapped by name, named_keys::name, |row: String| named_place(row)),
    column!(
        "the address of invitation", admissions::sealed_address by id, admissions::id,
        |row: AdmissionId| invitation::sealed_place(row)
    ),
];

pub const OF_REGION: &[Column] = &[
    column!(
        "the authenticator key of account", totp_factors::sealed by account_id, totp_factors::account_id,
        |row: AccountId| mfa::totp::sealed_place(row)
    ),
    column!(
        "mail", mails::sealed by id, (mails::id, mails::account_id),
        |row: (MailId, Option<AccountId>)| mail::sealed_place(&row.0, row.1.as_ref())
    ),
    column!(
        "what is to be shown once to session", shown_once::sealed by session_id, shown_once::session_id,
        |row: SessionId| looks::sealed_place(row)
    ),
    column!(
        "the HMAC key", hmac_keys::sealed by id, (hmac_keys::id, hmac_keys::project_id),
        |row: (HmacKeyId, ProjectId)| signing_keys::sealed_place(&row.0, &row.1)
    ),
    column!(
        "the development key", api_keys::sealed by id, (api_keys::id, api_keys::project_id.assume_not_null()),
        |row: (ApiKeyId, ProjectId)| projects_keys::sealed_place(&row.0, &row.1)
    ),
    Column {
        what: "the secret",
        page: page_of_versions,
        put: |db, found, new| {
            let row = secret_versions::table
                .filter(secret_versions::secret_id.eq(&found.row))
                .filter(secret_versions::version.eq(found.version))
                .filter(secret_versions::sealed.eq(&found.sealed));
            diesel::update(row).set(secret_versions::sealed.eq(new)).execute(db)
        },
        count: |db| counts!(db, secret_versions::sealed),
    },
];

/// Told apart by secret and version, and bound to the name that the secret has.
fn page_of_versions(db: &mut Db, (secret, version): (&str, i64), but: &[u8]) -> QueryResult<Vec<Found>> {
    let later = secret_versions::secret_id
        .gt(secret)
        .or(secret_versions::secret_id.eq(secret).and(secret_versions::version.gt(version)));
    let rows: Vec<(SecretId, WorkspaceId, String, i64, Vec<u8>)> = secret_versions::table
        .inner_join(secrets::table.on(secrets::id.eq(secret_versions::secret_id)))
        .filter(substr(secret_versions::sealed.nullable(), KEY_FROM, KEY_LENGTH).ne(Some(but)))
        .filter(later)
        .order((secret_versions::secret_id, secret_versions::version))
        .limit(PAGE)
        .select((secrets::id, secrets::workspace_id, secrets::name, secret_versions::version, secret_versions::sealed))
        .load(db)?;
    let found = rows.into_iter().map(|(id, workspace, name, version, sealed)| Found {
        version,
        ..Found::at(versions::sealed_place(&id, &workspace, &name, version), Some(sealed))
    });
    Ok(found.collect())
}
