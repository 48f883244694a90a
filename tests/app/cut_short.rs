//! Sign-ups whose process died between two steps: after a day the lapsing job asks the region, then decides.

use diesel::prelude::*;
use keystead::accounts::creation;
use keystead::config::Registration;
use keystead::crypto::password::Password;
use keystead::db::schema::{accounts, addresses, admissions, names};
use keystead::db::{Db, DbError};
use keystead::entry::lapse::LapseSignUps;
use keystead::entry::sign_up::HELD_FOR;
use keystead::jobs::{self, Options};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes};
use keystead::regions::directory::{self, Hold, Reservation, Reserved};

use crate::on_both;
use crate::sign_up_page::{code_of, sign_up};
use crate::support::people::{PASSWORD, administrator, mailed_path};
use crate::support::world::World;

/// The first step alone: name and address are held, and the process dies.
fn reserve_only(world: &World, username: &str) -> AccountId {
    let act = world.act();
    let (name, address) = (Username::parse(username).unwrap(), format!("{username}@example.com"));
    let (address, password) = (EmailAddress::parse(&address).unwrap(), Password::from_typed(PASSWORD));
    let account: AccountId = act.id();
    let wanted = Reservation {
        account,
        region: Region::Eu,
        name: &name,
        address: &address,
        password: &password,
        gone: None,
        now: act.now,
        held_until: act.now.plus(HELD_FOR),
    };
    let reserve = |db: &mut Db| directory::reserve(db, &act.keyring, &wanted);
    assert_eq!(world.site.regions.directory.write_now(reserve).unwrap(), Reserved::Both);
    account
}

fn lapse(world: &World) {
    let act = world.act();
    world.region(Region::Eu).write_now(|db| jobs::enqueue::<LapseSignUps>(db, &act, &(), Options::default())).unwrap();
    world.run_jobs();
}

fn hold_of(world: &World, username: &str) -> Option<Hold> {
    world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().map(|row| row.state)
}

fn id_of(world: &World, username: &str) -> AccountId {
    world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap().owner_id
}

/// Everything the directory still holds.
fn held(world: &World) -> (i64, i64) {
    let count = |db: &mut Db| {
        let names: i64 = names::table.filter(names::state.eq(Hold::Held)).count().get_result(db)?;
        Ok::<_, DbError>((names, addresses::table.filter(addresses::state.eq(Hold::Held)).count().get_result(db)?))
    };
    world.site.regions.directory.read_now(count).unwrap()
}

/// Region written, directory not: the account is confirmed, and the process dies.
fn confirm_in_region_only(world: &World, account: AccountId) {
    let act = world.act();
    assert!(world.region(Region::Eu).write_now(|db| creation::confirm(db, &act, account)).unwrap());
}

async fn may_take(world: &World, username: &str) -> bool {
    let browser = world.visitor();
    let view = sign_up(&browser, username, "somebody-else@example.com").await;
    assert!([303, 422].contains(&view.status), "{}", view.text());
    view.status == 303
}

on_both! {
    async fn a_reservation_without_an_account_is_released_after_a_day(world: World) {
        reserve_only(world, "ada-m");
        world.site.clock.advance(HELD_FOR.saturating_sub(minutes(1)));
        lapse(world);
        assert_eq!(hold_of(world, "ada-m"), Some(Hold::Held), "not a minute earlier");
        assert!(!may_take(world, "ada-m").await);
        world.site.clock.advance(minutes(1));
        lapse(world);
        assert_eq!(hold_of(world, "ada-m"), None);
        assert!(may_take(world, "ada-m").await);
    }

    async fn an_account_without_its_confirmation_goes_with_its_reservation(world: World) {
        sign_up(&world.visitor(), "ada-m", "ada@example.com").await;
        let id = id_of(world, "ada-m");
        world.site.clock.advance(HELD_FOR);
        lapse(world);
        assert_eq!(held(world), (0, 0));
        let left: i64 =
            world.region(Region::Eu).read_now(|db| accounts::table.find(id).count().get_result(db)).unwrap();
        assert_eq!(left, 0);
        assert!(may_take(world, "ada-m").await);
    }

    async fn an_account_that_its_region_confirmed_is_confirmed_in_the_directory(world: World) {
        sign_up(&world.visitor(), "ada-m", "ada@example.com").await;
        confirm_in_region_only(world, id_of(world, "ada-m"));
        world.site.clock.advance(HELD_FOR);
        lapse(world);
        assert_eq!(hold_of(world, "ada-m"), Some(Hold::Taken));
        assert_eq!(held(world), (0, 0), "its address too");
        assert!(!may_take(world, "ada-m").await);
    }

    /// The lapsing job itself dies after it removed the account and before it released the name.
    async fn a_lapse_that_was_cut_short_is_finished_by_the_next(world: World) {
        sign_up(&world.visitor(), "ada-m", "ada@example.com").await;
        let id = id_of(world, "ada-m");
        world.site.clock.advance(HELD_FOR);
        world.region(Region::Eu).write_now(|db| creation::remove_unconfirmed(db, id)).unwrap();
        lapse(world);
        assert_eq!(held(world), (0, 0));
        lapse(world);
        assert!(may_take(world, "ada-m").await);
    }

    /// A name that is held for nobody, because the address was taken, lapses like any other.
    async fn a_sign_up_that_only_looks_like_one_lapses_too(world: World) {
        world.person("owner");
        sign_up(&world.visitor(), "probe", "owner@example.com").await;
        assert!(!may_take(world, "probe").await);
        world.site.clock.advance(HELD_FOR);
        lapse(world);
        assert!(may_take(world, "probe").await);
        assert_eq!(hold_of(world, "owner"), Some(Hold::Taken));
    }

    /// Many signed up at once and displaced each other: the directory knows one of them, the region keeps another.
    async fn a_sign_up_that_the_directory_let_go_gets_no_code_and_is_in_nobodys_way(world: World) {
        let ada = world.visitor();
        sign_up(&ada, "ada-m", "ada@example.com").await;
        let id = id_of(world, "ada-m");
        world.site.regions.directory.write_now(|db| directory::release(db, id)).unwrap();
        world.site.clock.advance(minutes(2));
        let again = ada.submit(&ada.get("/sign-up/code").await.form("Send a new code")).await;
        assert_eq!(again.status, 303, "{}", again.text());
        assert_eq!(world.inbox("ada@example.com").len(), 1, "a code would not open it");
        let other = world.visitor();
        sign_up(&other, "ada-m", "ada@example.com").await;
        let form = other.get("/sign-up/code").await.form("Confirm address");
        let opened = other.submit(&form.fill("Code", &code_of(world, "ada@example.com"))).await;
        assert_eq!(opened.location().as_deref(), Some("/settings/account"), "{}", opened.text());
    }

    async fn many_are_settled_in_one_go(world: World) {
        for n in 0..230 {
            reserve_only(world, &format!("person-{n}"));
        }
        sign_up(&world.visitor(), "ada-m", "ada@example.com").await;
        confirm_in_region_only(world, id_of(world, "ada-m"));
        world.site.clock.advance(HELD_FOR);
        lapse(world);
        assert_eq!(held(world), (0, 0));
        assert_eq!((hold_of(world, "ada-m"), hold_of(world, "person-40")), (Some(Hold::Taken), None));
    }
}

mod by_invitation {
    use super::*;

    on_both! {
        with |config| config.registration = Registration::Invited;

        /// The process died before it could say that the invitation was used.
        async fn what_the_lapsing_job_confirms_uses_up_its_invitation(world: World) {
            let (grace, _) = administrator(world, "grace-hopper").await;
            let page = "/admin/accounts/invitations";
            let form = grace.get(page).await.form("Invite").fill("Email addresses", "ada@example.com");
            grace.submit(&form).await;
            let ada = world.visitor();
            ada.visit(&mailed_path(world, "ada@example.com", "/invitation/")).await;
            sign_up(&ada, "ada-m", "ada@example.com").await;
            assert!(!code_of(world, "ada@example.com").is_empty());
            confirm_in_region_only(world, id_of(world, "ada-m"));
            world.site.clock.advance(hours(24));
            lapse(world);
            let open = |db: &mut Db| admissions::table.filter(admissions::used_at.is_null()).count().get_result(db);
            assert_eq!(world.site.regions.directory.read_now::<i64, DbError>(open).unwrap(), 0);
        }
    }
}
