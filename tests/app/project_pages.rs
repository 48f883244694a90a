//! Projects as pages: making one, its tabs, its end.

use keystead::kernel::time::{days, minutes};
use keystead::projects::artifacts::{self, ArtifactKind, NewArtifact};
use keystead::usage::Kind;

use crate::on_both;
use crate::support::client::Client;
use crate::support::markup::check_markup;
use crate::support::world::World;

async fn ada(world: &World) -> Client {
    let ada = world.person("ada-marchetti");
    world.signed_in(&ada).await
}

async fn made(browser: &Client, name: &str, visibility: &str) {
    let form = browser.get("/ada-marchetti/new-project").await.form("Create project");
    let made = browser.submit(&form.fill("Name", name).choose("visibility", visibility)).await;
    assert_eq!(made.status, 303, "{}", made.text());
}

on_both! {
    async fn a_project_is_made_and_stands_in_the_list(world: World) {
        let browser = ada(world).await;
        assert!(browser.get("/ada-marchetti").await.has("No projects yet"));
        let form = browser.get("/ada-marchetti/new-project").await.form("Create project");
        for wrong in ["", "evil\u{202e}gpj"] {
            assert_eq!(browser.submit(&form.clone().fill("Name", wrong)).await.status, 422);
        }
        assert_eq!(browser.submit(&form.clone().fill("Name", "x").choose("visibility", "all")).await.status, 422);
        let made = browser.submit(&form.fill("Name", "Gripper Vision").fill("Description", "Gentle grasps.")).await;
        assert_eq!(made.location().as_deref(), Some("/ada-marchetti/gripper-vision"));
        let overview = browser.follow(made).await;
        assert!(overview.has("Gripper Vision is here.") && overview.has("Nothing was sent yet") && overview.has("0 min"));
        let list = browser.get("/ada-marchetti").await;
        assert!(list.has("Gripper Vision") && list.has("Gentle grasps."));
    }

    async fn the_overview_tells_the_minutes_of_this_project_this_month_and_of_nothing_else(world: World) {
        let ada = world.person("ada-marchetti");
        let last_month = world.project(&ada, "Gripper Vision");
        world.used(&last_month, Kind::Cpu, 6_000);
        world.site.clock.advance(days(14));
        let (project, other) = (world.project(&ada, "Gentle Grasp"), world.project(&ada, "Conveyor"));
        world.used(&project, Kind::Cpu, 90 * 60 + 29);
        world.used(&project, Kind::Gpu, 7 * 60 + 30);
        world.used(&other, Kind::Gpu, 900);
        let browser = world.signed_in(&ada).await;
        for (page, told) in [
            ("gentle-grasp", "in December 2026. CPU 90 min GPU 8 min"),
            ("conveyor", "in December 2026. CPU 0 min GPU 15 min"),
            ("gripper-vision", "in December 2026. CPU 0 min GPU 0 min"),
        ] {
            let page = browser.get(&format!("/ada-marchetti/{page}")).await;
            assert!(page.has(told), "{}", page.text());
        }
    }

    async fn many_projects_are_searched_and_shown_a_page_at_a_time(world: World) {
        let ada = world.person("ada-marchetti");
        for n in 0..27 {
            world.site.clock.advance(keystead::kernel::time::seconds(1));
            world.project(&ada, &format!("Harbour {n:02}_x"));
        }
        let browser = world.signed_in(&ada).await;
        let first = browser.get("/ada-marchetti").await;
        check_markup("home", &first.html);
        assert!(first.has("Harbour 26_x") && first.has("Harbour 02_x") && !first.has("Harbour 01_x"));
        let next = browser.get(&first.attribute("a[rel=next]", "href").unwrap()).await;
        assert!(next.has("Harbour 01_x") && next.has("Harbour 00_x") && !next.has("Harbour 02_x"));
        assert!(next.attribute("a[rel=next]", "href").is_none() && next.has("First"));
        let found = browser.get("/ada-marchetti?q=HARB+1").await;
        assert!(found.has("Harbour 21_x") && found.has("Harbour 10_x") && !found.has("Harbour 20_x"));
        assert!(browser.get("/ada-marchetti?q=0_x").await.has("Harbour 20_x"));
        for nothing in ["%25", "1_1", "!"] {
            let none = browser.get(&format!("/ada-marchetti?q={nothing}")).await;
            assert!(none.has("No project here is called so."), "{nothing}");
            check_markup("home", &none.html);
        }
        assert_eq!(browser.get("/ada-marchetti?before=x").await.status, 400);
    }

    async fn settings_are_saved_and_two_tabs_do_not_overwrite_each_other(world: World) {
        let browser = ada(world).await;
        made(&browser, "Gripper Vision", "private").await;
        let page = "/ada-marchetti/gripper-vision/settings";
        let (first, second) = (browser.get(page).await, browser.get(page).await);
        let saved = browser.submit(&first.form("Save changes").fill("Name", "Gentle Grasp")).await;
        assert!(browser.follow(saved).await.has("The settings are saved."));
        let late = browser.submit(&second.form("Save changes").fill("Name", "Other")).await;
        assert!(late.status == 409 && late.has("Somebody else saved"));
        assert_eq!(late.form("Save changes").value("name"), "Other");
        assert_eq!(browser.submit(&late.form("Save changes")).await.status, 303);
        assert_eq!(browser.submit(&first.form("Save changes").fill("Name", "")).await.status, 422);
        assert!(browser.get("/ada-marchetti/gripper-vision").await.has("Other"), "the address stays");
    }

    async fn a_project_is_deleted_by_its_typed_name_and_restored_from_the_trash(world: World) {
        let browser = ada(world).await;
        made(&browser, "Gripper Vision", "private").await;
        let page = "/ada-marchetti/gripper-vision/settings/delete";
        let form = browser.get(page).await.form("Delete project");
        let wrong = browser.submit(&form.clone().fill("Name in the address", "gripper")).await;
        assert!(wrong.status == 422 && wrong.has("Nothing was deleted"));
        let deleted = browser.submit(&form.fill("Name in the address", "gripper-vision")).await;
        let trash = browser.follow(deleted).await;
        assert!(trash.has("Gripper Vision is deleted. Until 21 December 2026") && trash.has("erased in 30 days"));
        assert_eq!(browser.get("/ada-marchetti/gripper-vision").await.status, 404);
        assert_eq!(browser.get("/ada-marchetti/gripper-vision/keys").await.status, 404);
        let form = browser.get("/ada-marchetti/trash").await.form("Restore Gripper Vision");
        let back = browser.submit(&form).await;
        assert!(browser.follow(back).await.has("Gripper Vision is back"));
        assert_eq!(browser.submit(&form).await.status, 404);
        assert!(browser.get("/ada-marchetti/trash").await.has("The trash is empty"));
        world.site.clock.advance(minutes(11));
        assert!(browser.get(page).await.location().unwrap().starts_with("/confirm?"));
    }

    async fn of_a_public_project_others_see_the_overview_and_nothing_else(world: World) {
        let browser = ada(world).await;
        made(&browser, "Open", "public").await;
        made(&browser, "Closed", "private").await;
        let eve = world.signed_in(&world.person("eve-adler")).await;
        let seen = eve.get("/ada-marchetti/open").await;
        assert!(seen.status == 200 && seen.has("Open") && !seen.has("Latest samples") && !seen.has("API key"));
        for path in ["closed", "open/keys", "open/settings", "open/artifacts", "open/settings/delete", "trash", "new-project"] {
            assert_eq!(eve.get(&format!("/ada-marchetti/{path}")).await.status, 404, "{path}");
        }
        assert_eq!(eve.get("/ada-marchetti").await.status, 404);
        let stranger = world.visitor().get("/ada-marchetti/open").await;
        assert!(stranger.location().unwrap().starts_with("/sign-in"));
        for nothing in ["/nobody-here", "/nobody-here/open", "/static/x/y", "/settings/x", "/Ada_/x"] {
            assert_eq!(eve.get(nothing).await.status, 404, "{nothing}");
        }
    }

    async fn artifacts_are_listed_by_kind_a_page_at_a_time(world: World) {
        let ada = world.person("ada-marchetti");
        let (browser, project) = (world.signed_in(&ada).await, world.project(&ada, "Gripper Vision"));
        let page = "/ada-marchetti/gripper-vision/artifacts";
        assert!(browser.get(page).await.has("No artifacts"));
        for n in 0..55 {
            let kind = if n % 11 == 0 { ArtifactKind::Dataset } else { ArtifactKind::Model };
            let new = NewArtifact {
                source: "hub".to_owned(),
                source_id: n.to_string(),
                kind,
                name: format!("thing {n:02}"),
                size: 6_200_000,
                made_by: "job 7".to_owned(),
            };
            let mut act = world.act();
            act.now = act.now.minus(days(60 - n));
            world.in_europe(|db| artifacts::register(db, &act, project.id, &new));
        }
        let first = browser.get(page).await;
        assert!(first.has("thing 54") && first.has("thing 05") && !first.has("thing 04") && first.has("6.2 MB"));
        let older = browser.get(&first.attribute("a[rel=next]", "href").unwrap()).await;
        assert!(older.has("thing 04") && older.has("thing 00") && !older.has("thing 05") && older.has("Newest"));
        let datasets = browser.get(&format!("{page}?kind=dataset")).await;
        assert!(datasets.has("thing 44") && !datasets.has("thing 54"));
        for wrong in ["kind=poem", "before=x"] {
            assert_eq!(browser.get(&format!("{page}?{wrong}")).await.status, 400, "{wrong}");
        }
        assert!(browser.get("/ada-marchetti/gripper-vision").await.has("50 models"));
    }
}
