//! Codes count once: in a row, in a race, and whatever they were used for.

use keystead::crypto::totp::{TotpSecret, step_of};
use keystead::db::Store;
use keystead::kernel::id::AccountId;
use keystead::kernel::time::seconds;
use keystead::mfa::second_factor::{Checked, check};
use keystead::mfa::totp::Verdict;
use keystead::mfa::{recovery_codes, totp};

use crate::support::region::{NOON, account, act_at, fifty_at_once, on_each_region};

fn with_authenticator(store: &Store) -> (AccountId, TotpSecret) {
    let act = act_at(NOON);
    let account = account(store, &act, "ada-marchetti");
    let secret = TotpSecret::mint(&act.chance);
    let before = step_of(NOON) - 10;
    assert!(store.write_now(|db| totp::store(db, &act, account, &secret, before)).unwrap());
    (account, secret)
}

#[test]
fn of_fifty_uses_of_one_code_one_succeeds() {
    on_each_region(|store| {
        let (account, secret) = with_authenticator(store);
        let (act, code) = (act_at(NOON), secret.code_at(NOON));
        let verdicts = fifty_at_once(|| store.write_now(|db| totp::verify(db, &act, account, &code)).unwrap());
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Accepted).count(), 1);
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Used).count(), 49);
    });
}

#[test]
fn of_fifty_uses_of_one_recovery_code_one_succeeds() {
    on_each_region(|store| {
        let (account, _) = with_authenticator(store);
        let act = act_at(NOON);
        let codes = store.write_now(|db| recovery_codes::make(db, &act, account)).unwrap();
        let code = String::from_utf8(codes[3].as_bytes().to_vec()).unwrap();
        let checked = fifty_at_once(|| store.write_now(|db| check(db, &act, account, &code)).unwrap());
        assert_eq!(
            checked.iter().filter(|checked| checked.is_right()).collect::<Vec<_>>(),
            [&Checked::RecoveryCode { left: 9 }]
        );
    });
}

#[test]
fn a_step_is_never_used_again_nor_is_an_earlier_one() {
    on_each_region(|store| {
        let (account, secret) = with_authenticator(store);
        let (early, late) = (NOON, NOON.plus(seconds(30)));
        let checked = |now, typed: &str| store.write_now(|db| check(db, &act_at(now), account, typed)).unwrap();
        assert_eq!(checked(early, &secret.code_at(late)), Checked::App);
        assert_eq!(checked(late, &secret.code_at(late)), Checked::Used);
        assert_eq!(checked(late, &secret.code_at(early)), Checked::Used);
        assert_eq!(checked(late.plus(seconds(30)), &secret.code_at(late.plus(seconds(30)))), Checked::App);
        assert_eq!(checked(late, "000 000 0"), Checked::Wrong);
    });
}

#[test]
fn a_recovery_code_belongs_to_one_account_and_to_the_last_ten() {
    on_each_region(|store| {
        let (ada, _) = with_authenticator(store);
        let act = act_at(NOON);
        let eve = account(store, &act, "eve-adler");
        let make = || store.write_now(|db| recovery_codes::make(db, &act, ada)).unwrap();
        let old = make().pop().unwrap().reveal();
        let new = make().pop().unwrap().reveal();
        let checked = |account, typed: &str| store.write_now(|db| check(db, &act, account, typed)).unwrap();
        assert_eq!(checked(eve, &new), Checked::Wrong);
        assert_eq!(checked(ada, &old), Checked::Wrong);
        assert_eq!(checked(ada, &new.to_uppercase().replace('-', " ")), Checked::RecoveryCode { left: 9 });
        assert_eq!(checked(ada, &new), Checked::Wrong);
    });
}

#[test]
fn a_key_moved_to_another_account_does_not_open() {
    use diesel::prelude::*;
    use keystead::db::schema::totp_factors;
    on_each_region(|store| {
        let (ada, secret) = with_authenticator(store);
        let act = act_at(NOON);
        let eve = account(store, &act, "eve-adler");
        store
            .write_now(|db| {
                diesel::update(totp_factors::table.find(ada)).set(totp_factors::account_id.eq(eve)).execute(db)
            })
            .unwrap();
        let stolen = store.write_now(|db| check(db, &act, eve, &secret.code_at(NOON)));
        assert!(matches!(stolen, Err(keystead::mfa::MfaError::Sealed(_))));
    });
}
