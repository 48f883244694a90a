//! The outbox: what is queued with its change is sent once, stays sealed until then, and is dropped after.

use std::sync::Arc;

use diesel::prelude::*;
use keystead::db::DbError;
use keystead::db::schema::{jobs as job_rows, mails as rows};
use keystead::jobs::schedule::Period;
use keystead::jobs::{AskedDead, MOST_ATTEMPTS, Registry, Worker, retry};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::MailId;
use keystead::kernel::time::{days, hours};
use keystead::mail::transport::{File, Memory, Refusal, Transport};
use keystead::mail::{DeliverMail, House, Letter, SweepMails, discard, failed, queue};

use crate::support::stores::{Given, account, on_each_database};

const CODE: &str = "048151";

pub fn asked(most: i64) -> AskedDead {
    AskedDead { words: String::new(), before: None, most }
}

pub fn house() -> House {
    House { name: "Keystead".to_owned(), public_url: "https://accounts.example.org".parse().unwrap(), home_url: None }
}

pub fn postman(given: &Given, transport: impl Transport + 'static) -> Worker {
    let deliver = DeliverMail::new(house(), "accounts@example.org", Arc::new(transport)).unwrap();
    given.worker(Registry::new().with(deliver).with(SweepMails).every::<SweepMails>(Period::Day, || ()))
}

pub fn queued(given: &Given) -> MailId {
    let to = EmailAddress::parse("ada@example.org").unwrap();
    let letter = Letter::ConfirmAddress { code: CODE.to_owned() };
    given.write(|db| queue(db, &given.act(), Some(account(1)), &to, &letter))
}

fn sealed(given: &Given, id: MailId) -> Option<Vec<u8>> {
    given.read(|db| rows::table.find(id).select(rows::sealed).first(db))
}

#[test]
fn a_mail_is_sent_and_its_words_are_dropped() {
    on_each_database(|given| {
        let memory = Memory::default();
        let worker = postman(given, memory.clone());
        let id = queued(given);
        assert!(memory.kept().is_empty(), "nothing is sent inside a transaction");
        worker.run_due().unwrap();
        let kept = memory.kept();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].to.as_str(), "ada@example.org");
        assert_eq!(kept[0].message_id, format!("{id}@accounts.example.org"));
        assert!(kept[0].composed.text.contains(CODE));
        assert!(kept[0].composed.text.contains("From: Chrome on Windows, 203.0.113.7"));
        assert!(kept[0].composed.text.contains("When: 21 November 2026, 05:31 UTC"));
        assert_eq!(sealed(given, id), None);
        worker.run_due().unwrap();
        assert_eq!(memory.kept().len(), 1);
    });
}

#[test]
fn a_mail_of_a_change_that_was_rolled_back_is_never_sent() {
    on_each_database(|given| {
        let memory = Memory::default();
        let outcome: Result<(), DbError> = given.store.write_now(|db| {
            let to = EmailAddress::parse("ada@example.org").unwrap();
            queue(db, &given.act(), None, &to, &Letter::PasswordChanged)?;
            Err(DbError::RollbackTransaction)
        });
        assert!(outcome.is_err());
        postman(given, memory.clone()).run_due().unwrap();
        assert!(memory.kept().is_empty());
    });
}

#[test]
fn neither_code_nor_address_lies_open_in_the_database() {
    on_each_database(|given| {
        let id = queued(given);
        let sealed = sealed(given, id).unwrap();
        for secret in [CODE.as_bytes(), b"ada@example.org"] {
            assert!(!sealed.windows(secret.len()).any(|part| part == secret));
        }
        let request: String = given.read(|db| job_rows::table.select(job_rows::request).first(db));
        assert_eq!(request, format!("\"{id}\""));
    });
}

#[test]
fn a_server_that_is_away_gets_the_same_mail_later() {
    on_each_database(|given| {
        let memory = Memory::default();
        let worker = postman(given, memory.clone());
        let id = queued(given);
        memory.refuse(Some(Refusal::ForNow("Away.".to_owned())));
        worker.run_due().unwrap();
        assert!(memory.kept().is_empty() && sealed(given, id).is_some());
        memory.refuse(None);
        given.clock.advance(hours(1));
        worker.run_due().unwrap();
        let kept = memory.kept();
        assert_eq!((kept.len(), kept[0].message_id.as_str()), (1, format!("{id}@accounts.example.org").as_str()));
        assert!(kept[0].composed.text.contains("05:31 UTC"), "it tells when it happened, not when it was sent");
    });
}

#[test]
fn a_mail_that_is_refused_for_good_waits_for_an_administrator() {
    on_each_database(|given| {
        let memory = Memory::default();
        let worker = postman(given, memory.clone());
        let id = queued(given);
        memory.refuse(Some(Refusal::ForGood("No such mailbox.".to_owned())));
        worker.run_due().unwrap();
        let failed_mails = given.read(|db| failed(db, &asked(10)));
        assert_eq!(failed_mails.len(), 1);
        let mail = &failed_mails[0];
        assert_eq!((mail.mail, mail.kind.as_str(), mail.error.as_str()), (id, "confirm_address", "No such mailbox."));
        memory.refuse(None);
        assert!(given.write(|db| retry(db, &given.act(), mail.job)));
        worker.run_due().unwrap();
        assert_eq!(memory.kept().len(), 1);
        assert!(given.read(|db| failed(db, &asked(10))).is_empty());
    });
}

#[test]
fn the_address_of_somebody_erased_is_not_kept_when_nobody_takes_their_receipt() {
    on_each_database(|given| {
        let receipt = Letter::AccountErased { username: "ada-m".to_owned(), counts: Vec::new() };
        let write = |letter: &Letter| {
            let to = EmailAddress::parse("ada@example.org").unwrap();
            given.write(|db| queue(db, &given.act(), None, &to, letter))
        };
        let memory = Memory::default();
        let worker = postman(given, memory.clone());
        for refusal in [Refusal::ForGood("No such mailbox.".to_owned()), Refusal::ForNow("Away.".to_owned())] {
            let (receipt, invitation) = (write(&receipt), write(&Letter::PasswordChanged));
            let is_for_good = matches!(refusal, Refusal::ForGood(_));
            memory.refuse(Some(refusal));
            for attempt in 1..=if is_for_good { 1 } else { MOST_ATTEMPTS } {
                given.clock.advance(hours(12));
                worker.run_due().unwrap();
                let is_last = is_for_good || attempt == MOST_ATTEMPTS;
                assert_eq!(sealed(given, receipt).is_none(), is_last, "{attempt}");
            }
            assert!(sealed(given, invitation).is_some(), "others wait for an administrator");
            let error =
                given.read(|db| failed(db, &asked(9))).into_iter().find(|mail| mail.mail == receipt).unwrap().error;
            assert!(error.contains("erased account"), "{error}");
        }
    });
}

#[test]
fn a_discarded_mail_is_gone_with_its_words() {
    on_each_database(|given| {
        let memory = Memory::default();
        memory.refuse(Some(Refusal::ForGood("No.".to_owned())));
        queued(given);
        postman(given, memory).run_due().unwrap();
        let job = given.read(|db| failed(db, &asked(10)))[0].job;
        assert!(given.write(|db| discard(db, job)));
        assert!(!given.write(|db| discard(db, job)));
        assert_eq!(given.read(|db| rows::table.count().get_result::<i64>(db)), 0);
    });
}

#[test]
fn a_mail_that_went_with_its_account_is_not_sent() {
    on_each_database(|given| {
        let memory = Memory::default();
        let id = queued(given);
        given.write(|db| diesel::delete(rows::table.find(id)).execute(db));
        postman(given, memory.clone()).run_due().unwrap();
        assert!(memory.kept().is_empty());
        assert!(given.read(|db| failed(db, &asked(10))).is_empty());
    });
}

#[test]
fn sealed_words_open_in_their_own_row_only() {
    on_each_database(|given| {
        let memory = Memory::default();
        let (first, second) = (queued(given), queued(given));
        let words = sealed(given, first);
        given.write(|db| diesel::update(rows::table.find(second)).set(rows::sealed.eq(&words)).execute(db));
        postman(given, memory.clone()).run_due().unwrap();
        assert_eq!(memory.kept().len(), 1);
        assert_eq!(given.read(|db| failed(db, &asked(10)))[0].mail, second);
    });
}

#[test]
fn accepted_mails_are_forgotten_after_a_month() {
    on_each_database(|given| {
        let worker = postman(given, Memory::default());
        queued(given);
        worker.run_due().unwrap();
        given.clock.advance(days(29));
        worker.run_due().unwrap();
        assert_eq!(given.read(|db| rows::table.count().get_result::<i64>(db)), 1);
        given.clock.advance(days(2));
        worker.run_due().unwrap();
        assert_eq!(given.read(|db| rows::table.count().get_result::<i64>(db)), 0);
    });
}

#[test]
fn the_words_of_a_mail_nobody_took_do_not_stay_for_ever() {
    on_each_database(|given| {
        let memory = Memory::default();
        memory.refuse(Some(Refusal::ForGood("No.".to_owned())));
        let worker = postman(given, memory.clone());
        let id = queued(given);
        worker.run_due().unwrap();
        assert!(sealed(given, id).is_some());
        given.clock.advance(days(31));
        worker.run_due().unwrap();
        assert_eq!(sealed(given, id), None);
        let job = given.read(|db| failed(db, &asked(10)))[0].job;
        memory.refuse(None);
        assert!(given.write(|db| retry(db, &given.act(), job)));
        worker.run_due().unwrap();
        assert!(memory.kept().is_empty() && given.read(|db| failed(db, &asked(10))).is_empty());
    });
}

#[test]
fn a_mail_becomes_a_file_and_a_second_try_the_same_file() {
    on_each_database(|given| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail");
        let worker = postman(given, File::new(&path));
        let id = queued(given);
        worker.run_due().unwrap();
        let file = path.join(format!("20261121T053100Z-{id}.eml"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("To: ada@example.org"), "{text}");
        assert!(text.contains(CODE), "a person must be able to read the code in it: {text}");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
        // As if the process had been killed between the file and the tick.
        given.write(|db| {
            diesel::update(job_rows::table.filter(job_rows::name.eq("deliver_mail")))
                .set(job_rows::state.eq("waiting"))
                .execute(db)
        });
        worker.run_due().unwrap();
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
    });
}
