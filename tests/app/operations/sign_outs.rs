//! `keystead admin end-sessions`: everybody out, as after a break-in.

use keystead::activity::feed;
use keystead::db::{Db, DbError};
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::sessions::session::{self, NewSession, SessionKind};

use super::people::person;
use crate::support::program::Place;

fn sessions(site: &Site, region: Region, account: AccountId) -> usize {
    let now = site.clock.now();
    let store = site.regions.store(region).unwrap();
    store.read_now(|db: &mut Db| session::of_account(db, account, now)).unwrap().len()
}

fn sign_in(site: &Site, region: Region, account: AccountId) {
    let new =
        NewSession { account, kind: SessionKind::Browser, device: None, is_remembered: true, has_second_factor: false };
    let act = site.act(Origin::program("a test"));
    let opened = |db: &mut Db| session::open(db, &act, region, &new).map(|_| ());
    site.regions.store(region).unwrap().write_now::<_, DbError>(opened).unwrap();
}

#[test]
fn sessions_of_one_account_or_of_all_are_ended_and_the_owners_told() {
    let place = Place::on_files();
    place.begin();
    place.printed(&["service-token", "list"]);
    let site = place.site(Clock::System);
    let people = [(Region::Us, "ada-m"), (Region::Eu, "eve-adler"), (Region::Eu, "noor-h")];
    let people = people.map(|(region, username)| (region, person(&site, region, username)));
    for (region, account) in people {
        sign_in(&site, region, account);
        sign_in(&site, region, account);
    }
    let left = || people.map(|(region, account)| sessions(&site, region, account));

    let neither = place.run(&["admin", "end-sessions"]);
    assert_eq!(neither.code, Some(2), "{neither:?}");
    let nobody = place.run(&["admin", "end-sessions", "nobody-here"]);
    assert!(nobody.code == Some(1) && nobody.err.contains("There is no account"), "{nobody:?}");
    let said = place.printed(&["admin", "end-sessions", "eve-adler"]);
    assert!(said.contains("Sessions ended: 2, of accounts: 1."), "{said}");
    assert_eq!(left(), [2, 0, 2]);
    let said = place.printed(&["admin", "end-sessions", "--all"]);
    assert!(said.contains("Sessions ended: 4, of accounts: 2."), "{said}");
    assert_eq!(left(), [0, 0, 0]);
    let (region, account) = people[0];
    let latest = |db: &mut Db| feed::latest(db, account.personal_workspace(), 1);
    let latest = site.regions.store(region).unwrap().read_now(latest).unwrap();
    assert_eq!(latest[0].sentence, "Sessions ended by an administrator");
}
