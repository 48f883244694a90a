//! The record: what is in it, that nothing of it can be changed unnoticed, and that a person can be forgotten.

use diesel::prelude::*;
use keystead::activity::feed::latest;
use keystead::activity::{
    Badge, Chain, Event, Refused, SecondFactor, Trouble, drop_chain, forget, record, record_administration,
    record_instance, verify, verify_all,
};
use keystead::crypto::keyring::Keyring;
use keystead::db::schema::{activity_events as events, activity_heads as heads};
use keystead::db::{Db, DbError, write};
use keystead::kernel::id::AccountId;
use keystead::kernel::time::days;

use crate::support::stores::{Given, NOW, account, on_each_database};

fn recorded(given: &Given, owner: AccountId, event: &Event) {
    given.write(|db| record(db, &given.act(), owner.personal_workspace(), Some(owner), event));
}

/// Five events in the chain of account 1, and as many in that of account 2.
fn two_chains(given: &Given) {
    for n in [1, 2] {
        let reasons =
            [Event::EmailConfirmed, Event::ProfileChanged { fields: vec![] }, Event::PasswordChanged, Event::SignOut];
        for event in &reasons {
            recorded(given, account(n), event);
        }
        recorded(given, account(n), &Event::SignInFailed { reason: Refused::WrongPassword });
    }
}

fn troubles(given: &Given) -> Vec<(i64, Trouble)> {
    let (_, broken) = given.read(|db| verify_all(db, &given.keyring));
    assert!(broken.iter().all(|broken| broken.chain == account(1).as_str()), "the other chain is whole");
    broken.into_iter().map(|broken| (broken.sequence, broken.trouble)).collect()
}

fn chain_of(n: u8) -> String {
    account(n).to_string()
}

#[test]
fn the_feed_tells_in_sentences_what_happened() {
    on_each_database(|given| {
        recorded(given, account(1), &Event::PasswordChanged);
        let event =
            Event::SignInSucceeded { is_new_browser: true, is_remembered: false, second_factor: SecondFactor::App };
        recorded(given, account(1), &event);
        recorded(given, account(1), &Event::SignInFailed { reason: Refused::WrongPassword });
        let feed = given.read(|db| latest(db, account(1).personal_workspace(), 20));
        let lines: Vec<_> = feed.iter().map(|entry| (entry.sentence.as_str(), entry.detail.as_str())).collect();
        let expected = [
            ("Failed sign-in", "wrong password"),
            ("Signed in from a new browser", "with authenticator app"),
            ("Password changed", ""),
        ];
        assert_eq!(lines, expected);
        let first = &feed[0];
        assert_eq!((first.agent.as_str(), first.address.as_str()), ("Chrome on Windows", "203.0.113.7"));
        assert_eq!(
            (first.badge, first.actor, first.kind.as_str()),
            (Badge::Warning, Some(account(1)), "sign_in.failed")
        );
        assert_eq!(given.read(|db| latest(db, account(1).personal_workspace(), 1)).len(), 1);
    });
}

#[test]
fn what_is_rolled_back_was_not_recorded() {
    on_each_database(|given| {
        let outcome: Result<(), DbError> = given.store.write_now(|db| {
            record(db, &given.act(), account(1).personal_workspace(), None, &Event::SignOut)?;
            Err(DbError::RollbackTransaction)
        });
        assert!(outcome.is_err());
        assert!(given.read(|db| latest(db, account(1).personal_workspace(), 1)).is_empty());
        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (0, vec![]));
    });
}

#[test]
fn an_untouched_record_is_whole() {
    on_each_database(|given| {
        two_chains(given);
        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (2, vec![]));
        assert_eq!(given.read(|db| verify(db, &given.keyring, &account(1).personal_workspace().into())), None);
        assert_eq!(given.read(|db| verify(db, &given.keyring, &Chain::Instance)), None, "there is none yet");
    });
}

#[test]
fn events_recorded_at_once_stand_in_one_line() {
    on_each_database(|given| {
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..10 {
                        recorded(given, account(1), &Event::ProfileChanged { fields: vec!["name"] });
                    }
                });
            }
        });
        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (1, vec![]));
        assert_eq!(given.read(|db| latest(db, account(1).personal_workspace(), 100)).len(), 80);
    });
}

#[test]
fn an_edited_event_is_found() {
    on_each_database(|given| {
        two_chains(given);
        let third = || events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(3));
        given.write(|db| diesel::update(third()).set(events::kind.eq("sign_out")).execute(db));
        assert_eq!(troubles(given), [(3, Trouble::Changed)]);
        given.write(|db| diesel::update(third()).set(events::kind.eq("password.changed")).execute(db));
        assert_eq!(troubles(given), []);
        given.write(|db| diesel::update(third()).set(events::actor_id.eq(Some(account(2)))).execute(db));
        assert_eq!(troubles(given), [(3, Trouble::Changed)]);
        given.write(|db| diesel::update(third()).set(events::actor_id.eq(Some(account(1)))).execute(db));
        given.write(|db| diesel::update(third()).set(events::personal.eq(Some("{}"))).execute(db));
        assert_eq!(troubles(given), [(3, Trouble::PersonalChanged)]);
        given.write(|db| diesel::update(third()).set(events::salt.eq(None::<Vec<u8>>)).execute(db));
        assert_eq!(troubles(given), [(3, Trouble::PersonalChanged)], "erased is erased whole");
    });
}

/// Tampers inside a transaction that is rolled back again.
fn is_found(given: &Given, tamper: impl Fn(&mut Db) -> QueryResult<usize>) -> bool {
    let found = std::cell::Cell::new(false);
    let undone: Result<(), DbError> = given.store.write_now(|db| {
        assert_eq!(tamper(db)?, 1);
        found.set(verify(db, &given.keyring, &account(1).personal_workspace().into())?.is_some());
        Err(DbError::RollbackTransaction)
    });
    assert_eq!(undone, Err(DbError::RollbackTransaction));
    found.get()
}

#[test]
fn every_column_of_an_event_and_of_the_head_is_covered() {
    on_each_database(|given| {
        two_chains(given);
        let third = || events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(3));
        let head = || heads::table.find(chain_of(1));
        let other = "0190aaaa-0000-7000-8000-000000000000";
        assert!(is_found(given, |db| diesel::update(third()).set(events::id.eq(other)).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::workspace_id.eq("instance")).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::sequence.eq(9)).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::kind.eq("sign_out")).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::actor_id.eq(None::<&str>)).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::subject_id.eq(Some(other))).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::at.eq(NOW.plus(days(1)))).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::facts.eq("{}")).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::salt.eq(Some(vec![0_u8]))).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::personal.eq(None::<&str>)).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::personal_digest.eq("0")).execute(db)));
        assert!(is_found(given, |db| diesel::update(third()).set(events::link.eq("0")).execute(db)));
        assert!(is_found(given, |db| diesel::update(head()).set(heads::sequence.eq(4)).execute(db)));
        assert!(is_found(given, |db| diesel::update(head()).set(heads::sequence.eq(6)).execute(db)));
        assert!(is_found(given, |db| diesel::update(head()).set(heads::link.eq("0")).execute(db)));
        assert!(is_found(given, |db| diesel::update(head()).set(heads::mac.eq("0")).execute(db)));
        assert!(is_found(given, |db| diesel::delete(head()).execute(db)));
        assert_eq!(troubles(given), []);
    });
}

#[test]
fn removed_moved_and_inserted_events_are_found() {
    on_each_database(|given| {
        two_chains(given);
        let of = |n: i64| events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(n));
        let number = |from: i64, to: i64| {
            given.write(|db| diesel::update(of(from)).set(events::sequence.eq(to)).execute(db));
        };
        number(2, 99);
        number(3, 2);
        number(99, 3);
        assert_eq!(troubles(given), [(2, Trouble::Changed)], "two have changed places");
        given.write(|db| diesel::delete(of(2)).execute(db));
        assert_eq!(troubles(given), [(2, Trouble::Missing)]);
        number(3, 2);
        number(4, 3);
        number(5, 4);
        assert_eq!(troubles(given), [(3, Trouble::Changed)], "closing the gap does not help");
    });
}

#[test]
fn a_cut_off_end_is_found() {
    on_each_database(|given| {
        two_chains(given);
        let last = || events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(5));
        given.write(|db| diesel::delete(last()).execute(db));
        assert_eq!(troubles(given), [(5, Trouble::Missing)]);
        // Moving the head back needs its code, which needs a key that is not in the database.
        let fourth = || events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(4));
        let link: String = given.read(|db| fourth().select(events::link).first(db));
        let head = || heads::table.find(chain_of(1));
        given.write(|db| diesel::update(head()).set((heads::sequence.eq(4_i64), heads::link.eq(&link))).execute(db));
        assert_eq!(troubles(given), [(4, Trouble::HeadForged)]);
        given.write(|db| diesel::delete(head()).execute(db));
        assert_eq!(troubles(given), [(4, Trouble::NoHead)]);
    });
}

#[test]
fn a_forged_head_stays_found_when_the_chain_grows() {
    on_each_database(|given| {
        two_chains(given);
        let head = || heads::table.find(chain_of(1));
        given.write(|db| diesel::update(head()).set(heads::mac.eq("0".repeat(64))).execute(db));
        assert_eq!(troubles(given), [(5, Trouble::HeadForged)]);
        recorded(given, account(1), &Event::SignOut);
        recorded(given, account(1), &Event::SignOut);
        assert_eq!(troubles(given), [(7, Trouble::HeadForged)]);
        given.write(|db| diesel::delete(head()).execute(db));
        recorded(given, account(1), &Event::SignOut);
        recorded(given, account(1), &Event::SignOut);
        assert_eq!(troubles(given), [(9, Trouble::HeadForged)]);
    });
}

#[test]
fn a_head_of_another_instance_is_no_head() {
    on_each_database(|given| {
        recorded(given, account(1), &Event::SignOut);
        let (_, broken) = given.read(|db| verify_all(db, &Keyring::fixed(99)));
        assert_eq!(broken[0].trouble, Trouble::HeadForged);
        assert!(broken[0].to_string().contains("is not the end that was recorded"));
    });
}

#[test]
fn a_chain_longer_than_a_page_is_read_whole() {
    on_each_database(|given| {
        given.write(|db| {
            for _ in 0..1_003 {
                record(db, &given.act(), account(1).personal_workspace(), None, &Event::SignOut)?;
            }
            Ok(())
        });
        assert_eq!(troubles(given), []);
        let late = || events::table.filter(events::workspace_id.eq(chain_of(1))).filter(events::sequence.eq(1_002));
        given.write(|db| diesel::update(late()).set(events::facts.eq("{\"count\":1}")).execute(db));
        assert_eq!(troubles(given), [(1_002, Trouble::Changed)]);
    });
}

#[test]
fn what_an_administrator_did_stands_in_two_chains_and_the_owner_does_not_see_from_where() {
    on_each_database(|given| {
        let (administrator, owner) = (account(1), account(2));
        let event = Event::AccountSuspended { reason: "Spam.".to_owned() };
        given.write(|db| record_administration(db, &given.act(), Some(administrator), Some(owner), &event));
        let theirs = given.read(|db| latest(db, owner.personal_workspace(), 5));
        assert_eq!(
            (theirs[0].detail.as_str(), theirs[0].address.as_str(), theirs[0].agent.as_str()),
            ("Spam.", "", "")
        );
        assert_eq!((theirs[0].actor, theirs[0].badge), (Some(administrator), Badge::Administrator));
        let ours = given.read(|db| latest(db, Chain::Instance, 5));
        assert_eq!((ours[0].subject, ours[0].address.as_str()), (Some(owner), "203.0.113.7"));
        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (2, vec![]));
    });
}

#[test]
fn a_forgotten_person_leaves_a_whole_record_with_nothing_personal() {
    on_each_database(|given| {
        let (administrator, person) = (account(1), account(2));
        recorded(given, administrator, &Event::SignOut);
        recorded(given, person, &Event::SignOut);
        let event = Event::AccountDeleted { reason: "They asked.".to_owned(), erase_at: None };
        given.write(|db| record_administration(db, &given.act(), Some(administrator), Some(person), &event));
        given.write(|db| {
            record_administration(db, &given.act(), Some(person), Some(administrator), &Event::AccountOpened)
        });
        given.write(|db| {
            record_instance(db, &given.act(), None, None, &Event::AccessRefused { what: "the administration" })
        });

        assert_eq!(given.write(|db| drop_chain(db, person.personal_workspace())), 2);
        let forgotten = given.write(|db| forget(db, person));
        assert_eq!(forgotten, 3, "two in the region's chain, one in the administrator's");
        assert_eq!(given.write(|db| forget(db, person)), 0, "safe to run twice");

        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (2, vec![]));
        let rest = given.read(|db| latest(db, Chain::Instance, 5));
        assert_eq!(rest[2].subject, Some(person), "that it happened stays");
        assert_eq!((rest[2].detail.as_str(), rest[2].address.as_str()), ("; erased at once", ""));
        assert_eq!(rest[0].address, "203.0.113.7", "others are not forgotten");
        recorded(given, administrator, &Event::SignOut);
        assert_eq!(given.read(|db| verify_all(db, &given.keyring)), (2, vec![]));
    });
}

/// A figure that grows with what never happened would raise alarms.
#[test]
fn an_event_that_is_rolled_back_is_not_counted() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        on_each_database(|given| {
            let noted = |db: &mut Db| record_instance(db, &given.act(), None, None, &Event::SignOut);
            let given_up = |db: &mut Db| noted(db).and(Err::<(), _>(DbError::RollbackTransaction));
            assert!(given.store.write_now(given_up).is_err());
            given.write(|db| {
                assert!(write(db, given_up).is_err());
                write(db, noted)
            });
        });
    });
    let backends = if crate::support::postgres::cluster().is_some() { 2 } else { 1 };
    let shown = figures.render();
    assert!(shown.contains(&format!("keystead_events_total{{kind=\"sign_out\"}} {backends}")), "{shown}");
}
