//! Two hands at once: one save, one look, one new password.

use diesel::prelude::*;
use keystead::accounts::password::{self, Change, ChangeError};
use keystead::accounts::profile::{self, Profile, Saved};
use keystead::crypto::chance::Chance;
use keystead::crypto::password::{Hasher, Params, Password};
use keystead::crypto::totp::{TotpSecret, step_of};
use keystead::db::schema::accounts;
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::{AccountId, SessionId};
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::mfa::setting::{self, TurnOnError};
use keystead::mfa::{recovery_codes, totp};
use keystead::photos::PhotoChange;
use keystead::sessions::account::{self, Account};
use keystead::sessions::session::{self, NewSession, SessionKind};
use keystead::sessions::shown_once;

use crate::support::region::{NOON, account as new_account, act_at, fifty_at_once, on_each_region};

fn signed_in(store: &Store) -> (Account, SessionId) {
    let act = act_at(NOON);
    let id: AccountId = new_account(store, &act, "ada-marchetti");
    let new = NewSession {
        account: id,
        kind: SessionKind::Browser,
        device: None,
        is_remembered: false,
        has_second_factor: false,
    };
    let (session, _) = store.write_now(|db| session::open(db, &act, Region::Eu, &new)).unwrap();
    (store.read_now(|db| account::by_id(db, id)).unwrap().unwrap(), session)
}

#[test]
fn of_fifty_saves_over_one_revision_one_is_kept() {
    on_each_region(|store| {
        let (ada, _) = signed_in(store);
        let act = act_at(NOON);
        let saved = fifty_at_once(|| {
            let profile = Profile { company: act.id::<SessionId>().to_string(), ..Profile::of(&ada) };
            store.write_now(|db| profile::save(db, &act, ada.id, ada.revision, &profile, &PhotoChange::Keep)).unwrap()
        });
        assert_eq!(saved.iter().filter(|saved| matches!(saved, Saved::Done { .. })).count(), 1);
        let now = store.read_now(|db| account::by_id(db, ada.id)).unwrap().unwrap();
        assert_eq!(now.revision, ada.revision + 1);
    });
}

#[test]
fn of_fifty_looks_at_what_is_shown_once_one_sees_it() {
    on_each_region(|store| {
        let (_, session) = signed_in(store);
        let act = act_at(NOON);
        store.write_now(|db| shown_once::keep(db, &act, session, "codes", "ten codes")).unwrap();
        let seen = fifty_at_once(|| store.write_now(|db| shown_once::take(db, &act, session, "codes")).unwrap());
        assert_eq!(seen.into_iter().flatten().collect::<Vec<_>>(), ["ten codes"]);
    });
}

#[test]
fn what_is_shown_once_waits_ten_minutes_and_only_for_its_session() {
    on_each_region(|store| {
        let (_, session) = signed_in(store);
        let act = act_at(NOON);
        let take = |now, session| store.write_now(|db| shown_once::take(db, &act_at(now), session, "codes")).unwrap();
        store.write_now(|db| shown_once::keep(db, &act, session, "codes", "ten codes")).unwrap();
        assert_eq!(take(NOON, act.id()), None);
        assert_eq!(take(NOON.plus(seconds(600)), session), None);
        assert_eq!(take(NOON, session), None, "what came too late is gone");
        store.write_now(|db| shown_once::keep(db, &act, session, "codes", "ten codes")).unwrap();
        let elsewhere = store.write_now(|db| shown_once::take(db, &act, session, "a key")).unwrap();
        assert_eq!(
            (elsewhere, take(NOON, session).as_deref()),
            (None, Some("ten codes")),
            "another page leaves it there"
        );
    });
}

#[test]
fn of_fifty_changes_of_one_password_one_is_kept() {
    on_each_region(|store| {
        let (ada, session) = signed_in(store);
        let act = act_at(NOON);
        let hasher = Hasher::new(Params { memory: 64, passes: 1, lanes: 1 }, 1, seconds(1));
        let hash = |text: &str| hasher.hash_blocking(&Chance::system(), &Password::from_typed(text));
        let (old, new) = (hash("the old one"), hash("the new one"));
        let set = |db: &mut Db| {
            diesel::update(accounts::table.find(ada.id)).set(accounts::password_hash.eq(&old)).execute(db)?;
            Ok::<_, DbError>(())
        };
        store.write_now(set).unwrap();
        let changed = fifty_at_once(|| {
            let change = Change { account: &ada, session, checked: Some(&old), new: &new };
            store.write_now(|db| password::change(db, &act, &change))
        });
        assert_eq!(changed.iter().filter(|changed| changed.is_ok()).count(), 1);
        assert!(changed.iter().all(|changed| matches!(changed, Ok(()) | Err(ChangeError::ChangedMeanwhile))));
    });
}

#[test]
fn of_fifty_set_ups_one_counts_and_its_code_is_used() {
    on_each_region(|store| {
        let (ada, session) = signed_in(store);
        let act = act_at(NOON);
        let turned_on = fifty_at_once(|| {
            let secret = TotpSecret::mint(&act.chance);
            let code = secret.code_at(NOON);
            store.write_now(|db| setting::turn_on(db, &act, &ada, session, &secret, &code))
        });
        assert_eq!(turned_on.iter().filter(|done| done.is_ok()).count(), 1);
        assert!(turned_on.iter().all(|done| matches!(done, Ok(()) | Err(TurnOnError::AlreadyOn))));
        assert_eq!(store.read_now(|db| recovery_codes::left(db, ada.id)).unwrap(), 10);
        let factor = store.read_now(|db| totp::of_account(db, ada.id)).unwrap().unwrap();
        assert!(factor.last_used_at.is_some() && step_of(NOON) > 0);
    });
}
