//! `/setup`: the first administrator, from the link on the operator's terminal.

use futures_util::future::join_all;
use keystead::db::Db;
use keystead::entry::setup;
use keystead::kernel::time::{hours, seconds};
use keystead::regions::administrators;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, set_up_authenticator};
use crate::support::world::World;

/// As the server prints it when it starts; `None` once there is an administrator.
fn link(world: &World) -> Option<String> {
    let act = world.act();
    let token = world.site.regions.directory.write_now(|db: &mut Db| setup::issue(db, &act)).unwrap();
    token.map(|token| format!("/setup/{}", token.reveal()))
}

async fn following(world: &World, link: &str) -> Client {
    let browser = world.visitor();
    let view = browser.get(link).await;
    assert_eq!((view.status, view.location().as_deref()), (303, Some("/setup")), "the address is cleaned");
    browser
}

async fn make(browser: &Client, username: &str) -> View {
    let form = browser.get("/setup").await.form("Create administrator").fill("Name", "Grace Hopper");
    let form = form.fill("Email", &format!("{username}@example.com")).fill("Password", PASSWORD);
    browser.submit(&form.fill("Username", username).choose("region", "eu")).await
}

fn count(world: &World) -> i64 {
    world.site.regions.directory.read_now(administrators::count).unwrap()
}

on_both! {
    async fn the_link_makes_one_administrator_who_gets_no_further_without_an_authenticator(world: World) {
        let link_one = link(world).unwrap();
        let grace = following(world, &link_one).await;
        assert_eq!(grace.get("/setup").await.status, 200);
        assert_eq!(count(world), 0, "looking makes nobody");
        let made = make(&grace, "grace-hopper").await;
        assert_eq!(made.location().as_deref(), Some("/settings/mfa"), "{}", made.text());
        assert_eq!(count(world), 1);
        let paths = ["/admin/accounts", "/admin/jobs", "/settings/account", "/settings/password", "/settings/sessions"];
        for path in paths {
            assert_eq!(grace.get(path).await.location().as_deref(), Some("/settings/mfa"), "{path}");
        }
        set_up_authenticator(world, &grace).await;
        for path in paths {
            assert_eq!(grace.get(path).await.status, 200, "{path}");
        }

        let eve = following(world, &link_one).await;
        let gone = eve.get("/setup").await;
        assert!(gone.status == 404 && gone.has("This link no longer works"), "{}", gone.text());
        assert_eq!(link(world), None, "no other is printed");
    }

    async fn the_link_is_good_for_a_day(world: World) {
        let browser = following(world, &link(world).unwrap()).await;
        world.site.clock.advance(hours(24).saturating_sub(seconds(1)));
        let form = browser.get("/setup").await.form("Create administrator");
        world.site.clock.advance(seconds(1));
        assert_eq!(browser.get("/setup").await.status, 404);
        let form = form.fill("Name", "Grace").fill("Email", "grace@example.com").fill("Password", PASSWORD);
        let late = browser.submit(&form.fill("Username", "grace-hopper").choose("region", "eu")).await;
        assert_eq!((late.status, count(world)), (404, 0), "{}", late.text());
        assert!(link(world).is_some(), "the next start prints a new one");
    }

    async fn of_several_at_once_one_becomes_administrator(world: World) {
        // Two starts of the server, two links out; several people at each.
        let links = [link(world).unwrap(), link(world).unwrap()];
        let browsers = join_all((0..12).map(|n| following(world, &links[n % 2]))).await;
        let forms = join_all(browsers.iter().enumerate().map(async |(n, browser)| {
            let form = browser.get("/setup").await.form("Create administrator").fill("Name", "Grace Hopper");
            let form = form.fill("Email", &format!("grace-{n}@example.com")).fill("Password", PASSWORD);
            form.fill("Username", &format!("grace-{n}")).choose("region", ["us", "eu", "ap"][n % 3])
        }))
        .await;
        let answers = join_all(browsers.iter().zip(&forms).map(|(browser, form)| browser.submit(form))).await;
        let made = answers.iter().filter(|view| view.location().as_deref() == Some("/settings/mfa")).count();
        assert_eq!(made, 1, "{:?}", answers.iter().map(|view| view.status).collect::<Vec<_>>());
        assert!(answers.iter().all(|view| [303, 404].contains(&view.status)));
        assert_eq!(count(world), 1);
    }

    async fn what_is_typed_wrong_does_not_use_up_the_link(world: World) {
        let browser = following(world, &link(world).unwrap()).await;
        let form = browser.get("/setup").await.form("Create administrator");
        let view = browser.submit(&form.fill("Email", "nobody").fill("Password", "short")).await;
        assert!(view.status == 422 && view.html.contains("nobody"), "{}", view.text());
        assert_eq!(make(&browser, "grace-hopper").await.location().as_deref(), Some("/settings/mfa"));
    }
}
