//! Whoever was erased after a backup was made does not come back out of it.

use keystead::access::action::DeleteOrganization;
use keystead::access::{Membership, Role};
use keystead::app::work;
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::id::{AccountId, WorkspaceId};
use keystead::kernel::names::Username;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::departures::Fate;
use keystead::lifecycle::erasures;
use keystead::lifecycle::{erasing, organizations};
use keystead::regions::directory;
use keystead::workspaces::creation::{self, Created, NewOrganization};
use keystead::workspaces::{membership, workspace};

use super::{backed_up, elsewhere, failed, furnished, photo_name, sql};
use crate::operations::people::person;
use crate::support::program::Place;
use crate::support::world::Backend;

fn organization(site: &Site, name: &str, owner: AccountId) -> WorkspaceId {
    let act = site.act(Origin::program("a test"));
    let new = NewOrganization {
        id: act.id(),
        name: Username::parse(name).unwrap(),
        title: name.to_owned(),
        owner,
        plan: "free".to_owned(),
        photo: None,
    };
    let Created::Yes(id) = creation::create(&site.regions, Region::Eu, &act, &new).unwrap() else { panic!("{name}") };
    id
}

fn workspace_is_there(site: &Site, id: WorkspaceId) -> bool {
    site.regions.store(Region::Eu).unwrap().read_now(|db| workspace::by_id(db, id)).unwrap().is_some()
}

fn run_jobs(site: &Site) {
    work::worker(site, work::post_office(site).unwrap()).unwrap().run_due().unwrap();
}

struct Cast {
    ada: AccountId,
    bob: AccountId,
    /// Ada's, to be Bob's.
    crew: WorkspaceId,
    /// Ada's, with nobody else in it.
    alone: WorkspaceId,
    /// Bob's, to be deleted.
    gone: WorkspaceId,
}

fn cast(place: &Place, ada: AccountId) -> Cast {
    let site = place.site(Clock::System);
    let bob = person(&site, Region::Eu, "bob-ross");
    let [crew, alone] = ["the-crew", "alone"].map(|name| organization(&site, name, ada));
    let gone = organization(&site, "gone", bob);
    sql(
        &site,
        &format!(
            "INSERT INTO members (workspace_id, account_id, role, is_away, joined_at) VALUES ('{crew}', '{bob}', 'editor', FALSE, 1)"
        ),
    );
    Cast { ada, bob, crew, alone, gone }
}

/// Ada and one organization of Bob's are erased, Ada's crew is Bob's.
fn erase(place: &Place, cast: &Cast) {
    let site = place.site(Clock::System);
    let act = site.act(Origin::program("a test"));
    let fates = [(cast.crew, Fate::HandOver(cast.bob)), (cast.alone, Fate::Delete)].into();
    closing::close_with(&site.regions, Region::Eu, &act, cast.ada, &By::Owner, When::Immediately, &fates).unwrap();
    let may = Membership { workspace: cast.gone, account: cast.bob, role: Role::Owner };
    let may = may.permit::<DeleteOrganization>().unwrap();
    let eu = site.regions.store(Region::Eu).unwrap();
    eu.write_now(|db| organizations::close(db, &act, &may, When::Immediately)).unwrap();
    run_jobs(&site);
}

fn are_gone(place: &Place, cast: &Cast) {
    let site = place.site(Clock::System);
    let eu = site.regions.store(Region::Eu).unwrap();
    assert!(eu.read_now(|db| erasing::is_erased(db, cast.ada)).unwrap());
    assert!(!workspace_is_there(&site, cast.ada.personal_workspace()));
    assert!(!workspace_is_there(&site, cast.alone) && !workspace_is_there(&site, cast.gone));
    assert_eq!(eu.read_now(|db| membership::role_of(db, cast.crew, cast.bob)).unwrap(), Some(Role::Owner));
    for id in [cast.ada, cast.gone.as_person(), cast.alone.as_person()] {
        assert_eq!(site.regions.directory.read_now(|db| directory::entries(db, id)).unwrap(), 0);
    }
    assert_eq!(site.files.get(Region::Eu, &photo_name(cast.ada)).unwrap(), None);
    place.printed(&["doctor"]);
}

fn nobody_who_was_erased_comes_back(backend: Backend) {
    let Some((place, ada)) = furnished(backend) else { return };
    let cast = cast(&place, ada);
    let before = backed_up(&place);
    erase(&place, &cast);
    are_gone(&place, &cast);
    let own = place.data().join("erasures.log");
    let (logged, unreadable) = erasures::read(&own).unwrap();
    assert_eq!((logged.len(), unreadable), (3, 0), "{logged:?}");
    let text = std::fs::read_to_string(&own).unwrap();
    assert!(!text.contains("ada-marchetti") && !text.contains("example.com"), "ids and dates only: {text}");

    // By the log that the operator names.
    let other = elsewhere(&place, backend);
    let said = other.printed(&["restore", &before, "--erasures", own.to_str().unwrap()]);
    assert!(said.contains("Erased again: 1 accounts, 2 organizations."), "{said}");
    are_gone(&other, &cast);
    assert_eq!(erasures::read(&other.data().join("erasures.log")).unwrap().0.len(), 3);

    // Nobody in the backup can follow Ada: what ends with her is named.
    let only_ada: String = text.lines().filter(|line| line.contains("\"account\"")).collect();
    let fifth = elsewhere(&place, backend);
    let said = fifth.printed(&["restore", &before, "--erasures", &fifth.file("ada.log", &only_ada)]);
    assert!(said.contains("Erased again: 1 accounts, 1 organizations."), "{said}");
    assert!(said.contains("alone was erased with its only Owner"), "{said}");

    // By the log beside the backup, which the next backup completes, even when this installation's own was lost.
    std::fs::remove_file(&own).unwrap();
    let after = backed_up(&place);
    let third = elsewhere(&place, backend);
    let rehearsed = third.printed(&["restore", "--verify", &before]);
    assert!(rehearsed.contains("Erased again: 1 accounts, 2 organizations."), "{rehearsed}");
    third.printed(&["restore", &before]);
    are_gone(&third, &cast);
    let fourth = elsewhere(&place, backend);
    assert!(!fourth.printed(&["restore", &after]).contains("Erased again"), "they are not in it");
    are_gone(&fourth, &cast);
    let missing = elsewhere(&place, backend).run(&["restore", &before, "--erasures", "nowhere"]);
    assert!(failed(&missing, "There is no log of erasures at nowhere."), "{missing:?}");
}

#[test]
fn nobody_who_was_erased_comes_back_on_files() {
    nobody_who_was_erased_comes_back(Backend::Sqlite);
}

#[test]
fn nobody_who_was_erased_comes_back_on_postgres() {
    nobody_who_was_erased_comes_back(Backend::Postgres);
}
