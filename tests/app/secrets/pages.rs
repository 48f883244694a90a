//! The pages of secrets: what is typed there is never shown there.

use diesel::prelude::*;
use keystead::access::Role;
use keystead::db::schema::accounts;
use keystead::kernel::time::{days, minutes};
use keystead::lifecycle::trash;
use keystead::secrets::changing::{self, Changed};
use keystead::secrets::{removal, secret};

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::projects::own;
use crate::support::secrets::permit;

const BASE: &str = "/settings/secrets";

async fn add(browser: &Client, base: &str, name: &str, value: &str) -> View {
    let form = browser.get(&format!("{base}/new")).await.form("Add secret");
    browser.submit(&form.fill("Name", name).fill("Secret", value)).await
}

on_both! {
    async fn a_secret_is_added_replaced_rolled_back_and_never_shown(world: World) {
        let ada = world.person("ada-marchetti");
        let workspace = world.id_of(&ada.username).personal_workspace();
        let browser = world.signed_in(&ada).await;
        let empty = browser.get(BASE).await;
        assert!(empty.has("No secrets yet") && empty.has("OPENAI_API_KEY"));
        let added = browser.follow(add(&browser, BASE, "OPENAI_API_KEY", "canary-one\r\nsecond").await).await;
        assert!(added.has("OPENAI_API_KEY is added") && added.has("Ada") && !added.html.contains("canary"));
        assert_eq!(world.environment(workspace, None)[0].1, "canary-one\nsecond");
        let page = added.attribute("td.act a", "href").unwrap();
        let form = browser.get(&format!("{page}/replace")).await.form("Replace value");
        let replaced = browser.follow(browser.submit(&form.fill("New value", "canary-two")).await).await;
        assert!(replaced.has("version 2") && replaced.has("train-17") && !replaced.html.contains("canary"));
        assert_eq!(world.environment(workspace, None)[0].1, "canary-two");
        let back = browser.follow(browser.submit(&replaced.form("Give jobs version 1")).await).await;
        assert!(back.has("Jobs get version 1 from now on") && !back.html.contains("canary"));
        assert_eq!(world.environment(workspace, None)[0].1, "canary-one\nsecond");
    }

    async fn a_value_is_not_echoed_after_an_error_and_the_rest_is_kept(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for (name, expected, shown) in [
            ("openai_key", "capital letters", "OPENAI_KEY"),
            ("PATH", "decides which programs are run", "PATH"),
            ("3D", "Begin with a letter", "3D"),
            ("A-B", "letters A to Z", "A-B"),
        ] {
            let form = browser.get(&format!("{BASE}/new")).await.form("Add secret");
            let form = form.fill("Name", name).fill("Secret", "canary").fill("Description", "For the hub");
            let view = browser.submit(&form).await;
            assert!(view.status == 422 && view.has(expected), "{name}: {}", view.text());
            let again = view.form("Add secret");
            assert_eq!((again.value("name"), again.value("secret"), again.value("description")), (shown, "", "For the hub"));
            assert!(!view.html.contains("canary"));
        }
        let large = add(&browser, BASE, "LARGE", &"x".repeat(65_537)).await;
        assert!(large.status == 422 && large.has("64 KB"));
        assert_eq!(add(&browser, BASE, "LARGE", &"ü".repeat(32_768)).await.status, 303);
        assert!(add(&browser, BASE, "LARGE", "canary").await.has("is there already"));
        assert!(browser.get(&format!("{BASE}?q=canary")).await.has("No secret here is called so"));
    }

    async fn it_asks_who_it_is_before_the_form_and_a_lapsed_form_comes_back_without_the_value(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&format!("{BASE}/new")).await.form("Add secret");
        let form = form.fill("Name", "API_KEY").fill("Secret", "canary").fill("Description", "For the hub");
        world.site.clock.advance(minutes(11));
        for page in ["/new", "/paste"] {
            let to = browser.get(&format!("{BASE}{page}")).await.location().unwrap();
            assert!(to.starts_with("/confirm?") && to.contains("secrets"), "{to}");
        }
        let asked = browser.submit(&form).await;
        assert!(asked.status == 403 && !asked.html.contains("canary"));
        let confirm = asked.form("Confirm").fill("Password", crate::support::people::PASSWORD);
        let resumed = browser.submit(&confirm).await;
        let back = browser.submit(&resumed.form("Go back to your form")).await;
        let again = back.form("Add secret");
        assert_eq!((again.value("name"), again.value("secret"), again.value("description")), ("API_KEY", "", "For the hub"));
        assert!(!back.html.contains("canary") && browser.get(BASE).await.has("No secrets yet"));
    }

    async fn who_gets_it_and_until_when_is_said_on_its_page(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let made = world.secret(&permit(id.personal_workspace(), id), "API_KEY", "x");
        let (vision, _) = (world.project(&ada, "Vision"), world.project(&ada, "Arm"));
        let browser = world.signed_in(&ada).await;
        let page = format!("{BASE}/{}", made.id);
        let form = browser.get(&page).await.form("Save changes");
        let none = browser.submit(&form.choose("reach", "some")).await;
        assert!(none.status == 422 && none.has("Tick at least one project"));
        let form = browser.get(&page).await.form("Save changes").fill("Last day", "2020-01-01");
        assert!(browser.submit(&form).await.has("Choose today or a day to come"));
        let form = browser.get(&page).await.form("Save changes").choose("reach", "some").choose("project[]", vision.id.as_str());
        let saved = browser.follow(browser.submit(&form.fill("Last day", "2026-12-24").fill("Description", "For Vision")).await).await;
        assert!(saved.has("saved") && saved.has("Some projects"), "{}", saved.text());
        let again = saved.form("Save changes");
        assert_eq!((again.value("ends"), again.value("description")), ("2026-12-24", "For Vision"));
        assert_eq!(world.environment(id.personal_workspace(), None), []);
        assert_eq!(world.environment(id.personal_workspace(), Some(vision.id)).len(), 1);
        world.site.clock.advance(days(100));
        let browser = world.signed_in(&ada).await;
        let list = browser.get(BASE).await;
        assert!(list.has("Expired") && list.has("Unused for 100 days") && !list.has("Unused for 0"), "{}", list.text());
    }

    async fn a_project_in_the_trash_keeps_its_secret_whatever_is_saved_meanwhile(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let (workspace, may) = (id.personal_workspace(), permit(id.personal_workspace(), id));
        let made = world.secret(&may, "API_KEY", "x");
        let (vision, arm) = (world.project(&ada, "Vision"), world.project(&ada, "Arm"));
        let projects = Some(vec![vision.id]);
        let change = Changed { description: String::new(), expires_at: None, projects };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        let (act, edit) = (world.act(), own(id).permit().unwrap());
        for one in [&vision, &arm] {
            world.in_europe(|db| trash::delete(db, &act, &edit, one.id));
        }
        let browser = world.signed_in(&ada).await;
        let page = browser.get(&format!("{BASE}/{}", made.id)).await;
        assert!(page.has("In the trash"), "{}", page.text());
        let form = page.form("Save changes").fill("Description", "For Vision");
        assert!(browser.follow(browser.submit(&form).await).await.has("saved"));
        // One in the trash that did not have it does not get it.
        let change = Changed { projects: Some(vec![vision.id, arm.id]), description: "Both".to_owned(), expires_at: None };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        assert_eq!(world.in_europe(|db| secret::projects_of(db, made.id)), [vision.id]);
        world.in_europe(|db| trash::restore(db, &act, &edit, vision.id));
        assert_eq!(world.environment(workspace, Some(vision.id)).len(), 1);
        assert!(world.environment(workspace, None).is_empty());
    }

    async fn deleting_shows_what_used_it_and_it_can_be_had_back(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let made = world.secret(&permit(id.personal_workspace(), id), "API_KEY", "x");
        world.environment(id.personal_workspace(), None);
        let browser = world.signed_in(&ada).await;
        let page = format!("{BASE}/{}/delete", made.id);
        let ask = browser.get(&page).await;
        assert!(ask.has("job train-17") && ask.has("1 time"), "{}", ask.text());
        let wrong = browser.submit(&ask.form("Delete secret").fill("Type its name", "OTHER")).await;
        assert!(wrong.status == 422 && wrong.has("not the secret's name"));
        let form = browser.get(&page).await.form("Delete secret").fill("Type its name", "API_KEY");
        let list = browser.follow(browser.submit(&form).await).await;
        assert!(list.has("Deleted secrets") && list.has("No secrets yet"));
        assert_eq!(browser.get(&page).await.status, 404);
        let back = browser.follow(browser.submit(&list.form("Restore API_KEY")).await).await;
        assert!(back.has("API_KEY is back"), "{}", back.text());
        assert_eq!(world.environment(id.personal_workspace(), None).len(), 1);
    }

    async fn editors_see_names_and_viewers_nothing(world: World) {
        let (ada, eve, vic) = (world.person("ada-marchetti"), world.person("eve-adler"), world.person("vic-moreau"));
        let team = world.organization("acme-labs", &ada);
        team.member(&eve, Role::Editor).member(&vic, Role::Viewer);
        let base = team.path("settings/secrets");
        let made = world.secret(&permit(team.id, world.id_of(&ada.username)), "API_KEY", "x");
        let editor = world.signed_in(&eve).await;
        let list = editor.get(&base).await;
        assert!(list.has("API_KEY") && !list.has("Add new secret") && !list.has("Manage"));
        assert_eq!(editor.get(&format!("{base}/{}", made.id)).await.status, 403);
        assert!(editor.get(&team.path("settings/members")).await.html.contains(&base));
        let viewer = world.signed_in(&vic).await;
        assert_eq!(viewer.get(&base).await.status, 403);
        assert!(!viewer.get(&team.path("settings/members")).await.html.contains(&base));
        // One's own pages do not reach another workspace's secret.
        let owner = world.signed_in(&ada).await;
        assert_eq!(owner.get(&format!("{BASE}/{}", made.id)).await.status, 404);
        assert_eq!(owner.get(&format!("{base}/{}", made.id)).await.status, 200);
        assert_eq!(add(&owner, &base, "OTHER", "y").await.status, 303);
        assert_eq!(world.environment(team.id, None).len(), 2);
    }

    async fn an_end_that_is_left_as_it_was_stays_whoever_saves_where_and_when(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let workspace = id.personal_workspace();
        let made = world.secret(&permit(workspace, id), "API_KEY", "x");
        let moves_to = |zone: &str| {
            world.in_europe(|db| diesel::update(accounts::table.find(id)).set(accounts::time_zone.eq(zone)).execute(db))
        };
        let now = || world.in_europe(|db| secret::one(db, workspace, made.id)).unwrap();
        let page = format!("{BASE}/{}", made.id);
        moves_to("Pacific/Auckland");
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&page).await.form("Save changes");
        browser.submit(&form.fill("Last day", "2026-12-24")).await;
        let ends = now().expires_at;
        assert_eq!(ends.unwrap().to_string(), "2026-12-24T11:00:00Z");
        moves_to("America/Los_Angeles");
        let form = browser.get(&page).await.form("Save changes");
        assert_eq!(form.value("ends"), "2026-12-24");
        assert!(browser.follow(browser.submit(&form.fill("Description", "For Vision")).await).await.has("saved"));
        assert_eq!((now().description.as_str(), now().expires_at), ("For Vision", ends));
        let told = world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("secret was changed")).count();
        assert_eq!(told, 1, "of the end that was chosen");
        world.site.clock.advance(days(40));
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&page).await.form("Save changes").fill("Description", "Over");
        assert_eq!(browser.submit(&form).await.status, 303);
        assert_eq!((now().description.as_str(), now().expires_at), ("Over", ends));
        let form = browser.get(&page).await.form("Save changes").fill("Last day", "2026-12-23");
        assert!(browser.submit(&form).await.has("Choose today or a day to come"));
        let form = browser.get(&page).await.form("Save changes").fill("Last day", "");
        assert_eq!((browser.submit(&form).await.status, now().expires_at), (303, None));
    }

    async fn nobody_is_told_that_jobs_get_a_secret_that_has_ended(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let made = world.secret(&may, "API_KEY", "x");
        let expires_at = Some(world.site.clock.now().plus(days(1)));
        let change = Changed { description: String::new(), expires_at, projects: None };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        world.site.clock.advance(days(1));
        let browser = world.signed_in(&ada).await;
        let is_said = |view: &View, done: &str| {
            let sentence = format!("{done} It has ended: give it a new last day.");
            assert!(view.has(&sentence) && !view.has("Jobs get version") && !view.has("Jobs get it again"), "{}", view.text());
        };
        let form = browser.get(&format!("{BASE}/{}/replace", made.id)).await.form("Replace value");
        let replaced = browser.follow(browser.submit(&form.fill("New value", "y")).await).await;
        is_said(&replaced, "API_KEY is at version 2 now.");
        let back = browser.follow(browser.submit(&replaced.form("Give jobs version 1")).await).await;
        is_said(&back, "API_KEY is at version 1 now.");
        world.on_secrets(|db, act| removal::delete(db, act, &may, made.id)).unwrap();
        let restore = browser.get(BASE).await.form("Restore API_KEY");
        is_said(&browser.follow(browser.submit(&restore).await).await, "API_KEY is back, with its versions.");
    }
}
