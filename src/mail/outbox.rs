//! The table of mails that wait, were accepted, or failed.

use diesel::prelude::*;

use super::compose::Sealed;
use super::deliver::DeliverMail;
use super::letter::Letter;
use crate::crypto::act::Act;
use crate::crypto::keyring::{Context, Keyring};
use crate::db::schema::{jobs, mails};
use crate::db::{Db, DbError};
use crate::jobs::{self as queue_of_jobs, AskedDead, DeadJob, Job, Options, State};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, JobId, MailId};
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::Timestamp;

/// Writes a mail down, to be sent once this transaction has been committed. The account is the one whose erasure takes
/// the mail along; an invitation has none.
pub fn queue(
    db: &mut Db,
    act: &Act,
    account: Option<AccountId>,
    to: &EmailAddress,
    letter: &Letter,
) -> QueryResult<MailId> {
    let id = act.id::<MailId>();
    let sealed = Sealed {
        to: to.as_str().to_owned(),
        letter: letter.clone(),
        when: act.now,
        agent: agent_in_words(&act.origin.agent),
        address: act.origin.address_text(),
    };
    let json = serde_json::to_vec(&sealed).map_err(|error| DbError::SerializationError(Box::new(error)))?;
    let sealed = act.keyring.seal(&act.chance, sealed_place(&id, account.as_ref()), &json);
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::account_id.eq(account),
            mails::kind.eq(letter.kind()),
            // The part before the @ of its Message-ID: fixed here, so that a second try is the same mail.
            mails::message_id.eq(id.as_str()),
            mails::sealed.eq(Some(sealed)),
            mails::created_at.eq(act.now),
        ))
        .execute(db)?;
    let options = Options { key: Some(id.to_string()), account, ..Options::default() };
    queue_of_jobs::enqueue::<DeliverMail>(db, act, &id, options)?;
    Ok(id)
}

/// Binds the sealed words to their row and owner.
pub fn sealed_place<'a>(id: &'a MailId, account: Option<&'a AccountId>) -> Context<'a> {
    let owner = account.map_or("", AccountId::as_str);
    Context { table: "mails", row: id.as_str(), owner, name: "letter", version: 1 }
}

/// A mail that waits, opened.
pub(super) struct Waiting {
    pub message_id: String,
    pub letter: Sealed,
}

/// `Ok(None)` when there is nothing to send (any more): accepted, discarded, or gone with its account.
pub(super) fn waiting(db: &mut Db, keyring: &Keyring, id: MailId) -> QueryResult<Option<Result<Waiting, String>>> {
    let row: Option<(Option<AccountId>, String, Option<Vec<u8>>)> =
        mails::table.find(id).select((mails::account_id, mails::message_id, mails::sealed)).first(db).optional()?;
    let Some((account, message_id, Some(sealed))) = row else { return Ok(None) };
    let opened = keyring.open(sealed_place(&id, account.as_ref()), &sealed).map_err(|error| error.to_string());
    Ok(Some(opened.and_then(|json| {
        let letter = serde_json::from_slice(&json).map_err(|_| "The mail cannot be read.".to_owned())?;
        Ok(Waiting { message_id, letter })
    })))
}

/// A server has taken it: its words are dropped.
pub(super) fn accepted(db: &mut Db, id: MailId, now: Timestamp) -> QueryResult<()> {
    diesel::update(mails::table.find(id))
        .set((mails::sealed.eq(None::<Vec<u8>>), mails::accepted_at.eq(Some(now))))
        .execute(db)?;
    Ok(())
}

/// Drops the words of a mail that nobody took and nobody is to try again.
pub(super) fn forget(db: &mut Db, id: MailId) -> QueryResult<()> {
    diesel::update(mails::table.find(id)).set(mails::sealed.eq(None::<Vec<u8>>)).execute(db)?;
    Ok(())
}

/// Forgets mails accepted before `before`, and what stands in those that nobody took since: their codes have long ended.
/// Those stay listed as failed until somebody discards them.
pub(super) fn sweep(db: &mut Db, before: Timestamp) -> QueryResult<()> {
    diesel::delete(mails::table.filter(mails::accepted_at.lt(before))).execute(db)?;
    let stale = mails::table.filter(mails::accepted_at.is_null()).filter(mails::created_at.lt(before));
    diesel::update(stale).set(mails::sealed.eq(None::<Vec<u8>>)).execute(db)?;
    Ok(())
}

/// A mail no server took. To whom and what it said stays sealed.
#[derive(Clone, Debug)]
pub struct FailedMail {
    /// Retried with `jobs::retry`.
    pub job: JobId,
    pub mail: MailId,
    pub kind: String,
    pub account: Option<AccountId>,
    pub error: String,
    pub attempts: i64,
    pub created_at: Timestamp,
    /// When it failed for good.
    pub died_at: Timestamp,
}

/// Mails that failed for good, the latest first.
pub fn failed(db: &mut Db, asked: &AskedDead) -> QueryResult<Vec<FailedMail>> {
    let jobs = queue_of_jobs::dead_of::<DeliverMail>(db, asked)?;
    let mut failed = Vec::with_capacity(jobs.len());
    for DeadJob { id, account, error, attempts, created_at, died_at, request, .. } in jobs {
        let Ok(mail) = serde_json::from_str::<MailId>(&request) else { continue };
        let kind: Option<String> = mails::table.find(mail).select(mails::kind).first(db).optional()?;
        let kind = kind.unwrap_or_default();
        failed.push(FailedMail { job: id, mail, kind, account, error, attempts, created_at, died_at });
    }
    Ok(failed)
}

/// Removes a failed mail with its job; false when there is no such failed mail (any more).
pub fn discard(db: &mut Db, job: JobId) -> QueryResult<bool> {
    let request: Option<String> = jobs::table
        .find(job)
        .filter(jobs::name.eq(DeliverMail::NAME))
        .filter(jobs::state.eq(State::Dead))
        .select(jobs::request)
        .first(db)
        .optional()?;
    let Some(mail) = request.and_then(|request| serde_json::from_str::<MailId>(&request).ok()) else {
        return Ok(false);
    };
    let is_gone = queue_of_jobs::discard(db, job)?.is_some();
    if is_gone {
        diesel::delete(mails::table.find(mail)).execute(db)?;
    }
    Ok(is_gone)
}
