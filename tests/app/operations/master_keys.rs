//! `keystead keys`: a new master key while a server runs, and the old one's end.

use std::time::Duration;

use keystead::activity::Kind;
use keystead::crypto::chance::Chance;
use keystead::db::{Db, Store};
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::lifecycle::sealed;
use keystead::mail::{self, Letter};
use keystead::secrets::adding;
use keystead::secrets::environment::{self, Granted};
use reqwest::Method;

use super::people::person;
use crate::support::program::{Place, Ran, Running};
use crate::support::secrets::{new, permit};
use crate::support::world::Backend;

/// Kills of `keys rotate`.
const KILLS: usize = 100;
/// Enough for several transactions.
const MANY: usize = 1_500;

/// A place with a person and their secret.
fn furnished(backend: Backend) -> Option<(Place, AccountId)> {
    let place = Place::new(backend)?;
    let ada = furnish(&place);
    Some((place, ada))
}

pub fn furnish(place: &Place) -> AccountId {
    place.begin();
    let site = place.site(Clock::System);
    let ada = person(&site, Region::Eu, "ada-marchetti");
    let (act, may) = (site.act(Origin::program("a test")), permit(ada.personal_workspace(), ada));
    let add = |db: &mut Db| adding::add(db, &act, &may, &new("API_KEY", "sk-1"));
    site.regions.store(Region::Eu).unwrap().write_now(add).unwrap();
    ada
}

/// A token for one job, made beside the server.
fn token(place: &Place, ada: AccountId) -> String {
    let site = place.site(Clock::System);
    let act = site.act(Origin::program("a test"));
    let granted = Granted {
        workspace_id: ada.personal_workspace(),
        project_id: None,
        job: "train-17".to_owned(),
        is_privileged: false,
    };
    let issue = |db: &mut Db| environment::issue(db, &act, Region::Eu, &granted, minutes(10));
    site.regions.store(Region::Eu).unwrap().write_now(issue).unwrap().unwrap().0.reveal()
}

/// What a job gets from the server.
async fn fetched(place: &Place, running: &Running, ada: AccountId) -> String {
    let request = running.visitor().request(Method::GET, "/platform/v1/environment?format=env");
    request.bearer_auth(token(place, ada)).send().await.unwrap().text().await.unwrap()
}

/// Each key's id and what is said of it.
pub fn listed(place: &Place) -> Vec<(String, String)> {
    let lines = place.printed(&["keys", "list"]);
    let split = |line: &str| line.split_once("  ").map(|(id, rest)| (id.to_owned(), rest.trim().to_owned()));
    lines.lines().filter_map(split).collect()
}

pub fn needs_nothing(said: &str) -> bool {
    said.ends_with("needed for 0 values")
}

/// As if the key file had been changed a while ago.
fn settle(place: &Place) {
    let file = std::fs::File::options().append(true).open(place.data().join("master.key")).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    file.set_modified(changed - Duration::from_mins(5)).unwrap();
}

pub fn failed(ran: &Ran, words: &str) -> bool {
    ran.code == Some(1) && ran.err.contains(words)
}

async fn a_server_learns_of_a_rotation(backend: Backend) {
    let Some((place, ada)) = furnished(backend) else { return };
    let place = place.with("KEYSTEAD_TRUSTED_PROXIES", "0");
    let running = place.start(&["serve"]);
    assert_eq!(fetched(&place, &running, ada).await, "API_KEY=\"sk-1\"\n");
    let [(old, said)] = listed(&place).try_into().unwrap();
    assert!(said.starts_with("seals and opens") && !needs_nothing(&said), "{said}");
    let only = place.run(&["keys", "retire", &old]);
    assert!(failed(&only, "It is the key that seals."), "{only:?}");

    let said = place.printed(&["keys", "rotate"]);
    let [(current, new), (second, spent)] = listed(&place).try_into().unwrap();
    assert!(said.contains(&format!("Made the master key {current} in ")) && said.contains("eu: 1 values"), "{said}");
    assert!(new.starts_with("seals and opens") && second == old && needs_nothing(&spent), "{new}\n{spent}");
    assert_eq!(fetched(&place, &running, ada).await, "API_KEY=\"sk-1\"\n", "it reads the file again");

    let early = place.run(&["keys", "retire", &old]);
    assert!(failed(&early, "less than two minutes ago"), "{early:?}");
    settle(&place);
    let unknown = place.run(&["keys", "retire", "00000000"]);
    assert!(failed(&unknown, "There is no master key \"00000000\" here."), "{unknown:?}");
    assert!(place.printed(&["keys", "retire", &old]).starts_with(&format!("Took {old} out of ")));
    assert_eq!(listed(&place).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [current]);
    assert_eq!(fetched(&place, &running, ada).await, "API_KEY=\"sk-1\"\n");
    running.kill();
    let again = place.start(&["serve"]);
    assert_eq!(fetched(&place, &again, ada).await, "API_KEY=\"sk-1\"\n", "nothing is left that needs the old key");
    place.printed(&["doctor"]);
    let verified = place.printed(&["verify"]);
    assert!(verified.contains("0 broken"), "{verified}");
}

#[actix_web::test]
async fn a_server_on_files_learns_of_a_rotation() {
    a_server_learns_of_a_rotation(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_server_on_postgres_learns_of_a_rotation() {
    a_server_learns_of_a_rotation(Backend::Postgres).await;
}

/// Mails that nobody sends, sealed with the key of this moment.
pub fn write_many(site: &Site) {
    let act = site.act(Origin::program("a test"));
    let to = EmailAddress::parse("ada@example.com").unwrap();
    let queue =
        |db: &mut Db| (0..MANY).try_for_each(|_| mail::queue(db, &act, None, &to, &Letter::AddressTaken).map(|_| ()));
    site.regions.store(Region::Eu).unwrap().write_now(queue).unwrap();
}

pub fn unreadable(site: &Site) -> Vec<sealed::Unreadable> {
    let eu = site.regions.store(Region::Eu).unwrap();
    let mut found = sealed::unreadable(eu, sealed::OF_REGION, &site.keyring).unwrap();
    found.extend(sealed::unreadable(&site.regions.directory, sealed::OF_DIRECTORY, &site.keyring).unwrap());
    found
}

#[test]
fn a_rotation_that_is_killed_anywhere_goes_on_where_it_was() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    write_many(&place.site(Clock::System));
    let chance = Chance::seeded(17);
    for _ in 0..KILLS {
        let mut running = place.launch(&["keys", "rotate"]);
        let lines = chance.below(8);
        running.read(lines as usize);
        running.kill();
        assert_eq!(unreadable(&place.site(Clock::System)), []);
    }
    let said = place.printed(&["keys", "rotate"]);
    assert!(said.contains("Done."), "{said}");
    let all = listed(&place);
    assert!(all.len() > 2 && all[1..].iter().all(|(_, said)| needs_nothing(said)), "{all:?}");
    settle(&place);
    for (id, _) in &all[1..] {
        place.printed(&["keys", "retire", id]);
        settle(&place);
    }
    assert_eq!(unreadable(&place.site(Clock::System)), []);
}

#[test]
fn what_does_not_open_keeps_its_old_key_and_is_named() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let site = place.site(Clock::System);
    let eu = site.regions.store(Region::Eu).unwrap();
    let sql = "INSERT INTO mails (id, account_id, kind, message_id, sealed, created_at)
        SELECT secret_id, NULL, 'x', secret_id, sealed, 1 FROM secret_versions";
    eu.write_now(|db| keystead::on_each!(db, |c| diesel::RunQueryDsl::execute(diesel::sql_query(sql), c))).unwrap();
    let ran = place.run(&["keys", "rotate"]);
    let is_named = failed(&ran, "eu: mail ") && failed(&ran, " cannot be wrapped: it was changed or moved since");
    assert!(is_named, "{ran:?}");
    let (old, said) = listed(&place).pop().unwrap();
    assert!(said.ends_with("needed for 1 values"), "{said}");
    settle(&place);
    let refused = place.run(&["keys", "retire", &old]);
    assert!(failed(&refused, "1 values still need it."), "{refused:?}");
}

#[test]
fn a_key_from_the_environment_is_changed_there() {
    let place = Place::on_files().with("KEYSTEAD_MASTER_KEY", &"ab".repeat(32));
    place.printed(&["migrate"]);
    drop(place.start(&["serve"]));
    let ran = place.run(&["keys", "rotate"]);
    assert!(failed(&ran, "The master key comes from the environment."), "{ran:?}");
    let place = place.with("KEYSTEAD_MASTER_KEY", &format!("{}\n{}", "cd".repeat(32), "ab".repeat(32)));
    assert!(place.printed(&["keys", "rotate"]).contains("Not everything is wrapped"));
    let sql = format!("UPDATE activity_events SET kind = kind WHERE kind = '{}'", Kind::MasterKeyMade.as_str());
    let eu = Store::new(place.url("eu").clone(), 1);
    let noted = eu
        .write_now(|db: &mut Db| keystead::on_each!(db, |c| diesel::RunQueryDsl::execute(diesel::sql_query(&sql), c)));
    assert_eq!(noted.unwrap(), 1, "it began to seal now");
    let place = place.with("KEYSTEAD_MASTER_KEY", &"cd".repeat(32));
    assert_eq!(listed(&place).len(), 1);
}
