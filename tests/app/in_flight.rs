//! Sign-ins that are under way while the account changes: what they were decided by is looked at again at the end.

use futures_util::future::join_all;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::lifecycle::cancelling;
use keystead::lifecycle::closing::{self, By, When};

use crate::on_both;
use crate::support::client::{Client, Form, View};
use crate::support::people::{PASSWORD, Person, mailed_path, set_up_authenticator};
use crate::support::world::World;

const NEW: &str = "quiet arches carry the whole weight";
const AT_ONCE: usize = 16;

/// Browsers before the sign-in form, filled in.
async fn at_the_door(world: &World, person: &Person) -> Vec<(Client, Form)> {
    let mut waiting = Vec::new();
    for _ in 0..AT_ONCE {
        let browser = world.visitor();
        let form = browser.get("/sign-in").await.form("Sign in");
        waiting.push((browser, form.fill("Email or username", &person.username).fill("Password", PASSWORD)));
    }
    waiting
}

/// Sends them all while `change` happens; what each was answered.
async fn sent_during(waiting: &[(Client, Form)], change: impl Future<Output = View>) -> (Vec<View>, View) {
    let all = join_all(waiting.iter().map(|(browser, form)| browser.submit(form)));
    futures_util::future::join(all, change).await
}

async fn how_many_are_in(waiting: &[(Client, Form)]) -> usize {
    let views = join_all(waiting.iter().map(|(browser, _)| browser.get("/settings/account"))).await;
    views.iter().filter(|view| view.status == 200).count()
}

on_both! {
    async fn no_sign_in_with_the_old_password_outlives_its_change(world: World) {
        let ada = world.person("ada-marchetti");
        let owner = world.signed_in(&ada).await;
        let waiting = at_the_door(world, &ada).await;
        let form = owner.get("/settings/password").await.form("Save changes").fill("Current password", PASSWORD);
        let form = form.fill("New password", NEW).fill("New password again", NEW);
        world.site.clock.advance(seconds(1));
        let (_, changed) = sent_during(&waiting, owner.submit(&form)).await;
        assert_eq!(changed.status, 303, "{}", changed.text());
        assert_eq!(how_many_are_in(&waiting).await, 0);
    }

    async fn no_sign_in_without_a_code_outlives_turning_codes_on(world: World) {
        let ada = world.person("ada-marchetti");
        let owner = world.signed_in(&ada).await;
        let waiting = at_the_door(world, &ada).await;
        let turned_on = async {
            set_up_authenticator(world, &owner).await;
            owner.get("/settings/mfa").await
        };
        sent_during(&waiting, turned_on).await;
        assert_eq!(how_many_are_in(&waiting).await, 0);
    }

    async fn a_sign_in_into_an_account_that_is_being_erased_is_refused_in_words(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        let waiting = at_the_door(world, &ada).await;
        let erased = async {
            let closed = closing::close(&world.site.regions, Region::Eu, &world.act(), id, &By::Owner, When::Immediately);
            closed.unwrap();
            world.run_jobs();
            world.visitor().get("/sign-in").await
        };
        let (answers, _) = sent_during(&waiting, erased).await;
        assert!(answers.iter().all(|view| [303, 422].contains(&view.status)), "{:?}", statuses(&answers));
        assert_eq!(how_many_are_in(&waiting).await, 0);
    }

    async fn a_reset_link_dies_with_the_next_change_of_the_password(world: World) {
        let ada = world.person("ada-marchetti");
        let owner = world.signed_in(&ada).await;
        let asks = world.visitor();
        asks.submit(&asks.get("/forgot-password").await.form("Send the link").fill("Email", &ada.email)).await;
        let link = mailed_path(world, &ada.email, "/reset/");
        let form = owner.get("/settings/password").await.form("Save changes").fill("Current password", PASSWORD);
        owner.submit(&form.fill("New password", NEW).fill("New password again", NEW)).await;
        let view = world.visitor().visit(&link).await;
        assert!(!view.html.contains("new_password"), "{}", view.text());
    }

    async fn rights_that_were_withdrawn_before_closing_do_not_come_back(world: World) {
        // As though the process had died after the directory took the rights away and before the region heard of it.
        let boss = world.administrator("grace-hopper").await;
        world.administrator("mary-jackson").await;
        let directory = &world.site.regions.directory;
        directory.write_now(|db| keystead::regions::administrators::withdraw(db, boss.id)).unwrap();
        let (act, regions) = (world.act(), &world.site.regions);
        closing::close(regions, Region::Eu, &act, boss.id, &By::Owner, When::After(14)).unwrap();
        cancelling::by_administrator(regions, Region::Eu, &act, None, boss.id).unwrap();
        let is_one = directory.read_now(|db| keystead::regions::administrators::is_one(db, boss.id)).unwrap();
        assert!(!is_one);
    }
}

fn statuses(views: &[View]) -> Vec<u16> {
    views.iter().map(|view| view.status).collect()
}
