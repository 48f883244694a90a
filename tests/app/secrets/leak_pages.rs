//! The pages of a leak drill.

use keystead::access::Role;
use keystead::kernel::time::minutes;
use keystead::projects::key_role::KeyRole;
use keystead::secrets::leaks;

use crate::on_both;
use crate::support::client::View;
use crate::support::projects::named;
use crate::support::secrets::permit;

const BASE: &str = "/settings/secrets";

on_both! {
    async fn a_leak_is_marked_worked_through_and_closed(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let (workspace, may) = (id.personal_workspace(), permit(id.personal_workspace(), id));
        let project = world.project(&ada, "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::ReadOnly));
        let made = world.secret(&may, "API_KEY", "canary-first");
        world.environment(workspace, None);
        let browser = world.signed_in(&ada).await;
        let page = format!("{BASE}/{}", made.id);
        assert!(browser.get(&page).await.html.contains(&format!("{page}/leak")));
        let ask = browser.get(&format!("{page}/leak")).await;
        assert!(ask.has("job train-17") && ask.has("start without it"), "{}", ask.text());
        let form = ask.form("Mark as leaked").choose("withhold", "yes");
        let drill = browser.follow(browser.submit(&form).await).await;
        assert!(drill.has("API_KEY is marked as leaked") && drill.has("0 of 4 steps done"), "{}", drill.text());
        assert!(drill.has("train-17") && drill.has("Do not get it until it is replaced"), "{}", drill.text());
        assert!(drill.html.contains(&format!("/ada-marchetti/gripper-vision/keys/{}/rotate", key.id)));
        let shown = browser.get(&page).await;
        assert!(shown.has("is marked as leaked") && shown.has("Leaked") && !shown.html.contains(&format!("{page}/leak\"")));
        let list = browser.get(BASE).await;
        assert!(list.has("Open leak drills") && list.has("Leaked"), "{}", list.text());
        let go = browser.follow(browser.submit(&drill.form("Hand it to jobs again")).await).await;
        assert!(go.has("Get the leaked version") && world.environment(workspace, None).len() == 1);
        let form = go.form("Done : Revoke the value where it came from").fill("note", "At the hub");
        let one = browser.follow(browser.submit(&form).await).await;
        assert!(one.has("1 of 4 steps done") && one.has("At the hub") && one.has("Ada"), "{}", one.text());
        let none = browser.follow(browser.submit(&one.form("Not done : Revoke the value where it came from")).await).await;
        assert!(none.has("0 of 4 steps done"));
        let refused = browser.submit(&none.form("Close the drill")).await;
        assert!(refused.status == 422 && refused.has("Not every step is done"), "{}", refused.text());
        world.site.clock.advance(minutes(1));
        let form = browser.get(&format!("{page}/replace")).await.form("Replace value");
        let replaced = browser.follow(browser.submit(&form.fill("New value", "canary-second")).await).await;
        assert!(!replaced.has("is marked as leaked") && !replaced.has("Give jobs version 1"), "{}", replaced.text());
        let crossed = keystead::secrets::changing::roll_back;
        assert!(world.on_secrets(|db, act| crossed(db, act, &may, made.id, 1)).is_err());
        let drill = browser.get(&format!("{BASE}/leaks/{}", world.in_europe(|db| leaks::of_secret(db, made.id))[0].id)).await;
        assert!(drill.has("1 of 4 steps done") && drill.has("Version 2 was made") && drill.has("Get another version"));
        let form = drill.form("Close the drill").fill("Reason", "The rest\nis not needed");
        let closed = browser.follow(browser.submit(&form).await).await;
        assert!(closed.has("Closed") && closed.has("is not needed") && !closed.has("Close the drill"), "{}", closed.text());
        assert!(!browser.get(BASE).await.has("Open leak drills"));
        assert!(browser.get(&page).await.has("Leak of version 1"));
        for view in [&drill, &closed, &list] {
            assert!(!view.html.contains("canary"));
        }
    }

    async fn a_roll_back_to_a_leaked_version_says_why_not(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let made = world.secret(&may, "API_KEY", "first");
        world.on_secrets(|db, act| keystead::secrets::adding::replace(db, act, &may, made.id, &crate::support::secrets::value("x"))).unwrap();
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&format!("{BASE}/{}", made.id)).await.form("Give jobs version 1");
        world.on_secrets(|db, act| keystead::secrets::changing::roll_back(db, act, &may, made.id, 1)).unwrap();
        world.on_secrets(|db, act| leaks::open(db, act, &may, made.id, false)).unwrap();
        world.on_secrets(|db, act| keystead::secrets::changing::roll_back(db, act, &may, made.id, 2)).unwrap();
        let back = browser.follow(browser.submit(&form).await).await;
        assert!(back.has("Version 1 is marked as leaked, so jobs cannot get it again"), "{}", back.text());
    }

    async fn it_asks_who_it_is_before_a_leak_is_marked_or_worked_on(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let made = world.secret(&may, "API_KEY", "first");
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&format!("{BASE}/{}/leak", made.id)).await.form("Mark as leaked");
        world.site.clock.advance(minutes(11));
        let to = browser.get(&format!("{BASE}/{}/leak", made.id)).await.location().unwrap();
        assert!(to.starts_with("/confirm?"), "{to}");
        // What holds nothing that was typed is not carried along.
        let is_asked = |view: View| view.status == 403 || view.location().is_some_and(|to| to.starts_with("/confirm?"));
        assert!(is_asked(browser.submit(&form).await));
        assert!(world.in_europe(|db| leaks::of_secret(db, made.id)).is_empty());
        let drill = world.on_secrets(|db, act| leaks::open(db, act, &may, made.id, false)).unwrap();
        let page = browser.get(&format!("{BASE}/leaks/{drill}")).await;
        for form in ["Stop handing it to jobs", "Close the drill", "Done : Check what was done with it"] {
            assert!(is_asked(browser.submit(&page.form(form)).await), "{form}");
        }
        assert!(browser.get(&format!("{BASE}/leaks/{drill}")).await.has("1 of 4 steps done"), "there are no keys to rotate");
    }

    async fn admins_work_on_it_and_editors_see_only_that_it_leaked(world: World) {
        let (ada, eve, vic) = (world.person("ada-marchetti"), world.person("eve-adler"), world.person("vic-moreau"));
        let team = world.organization("acme-labs", &ada);
        team.member(&eve, Role::Admin).member(&vic, Role::Editor);
        let may = permit(team.id, world.id_of(&ada.username));
        let made = world.secret(&may, "API_KEY", "first");
        let drill = world.on_secrets(|db, act| leaks::open(db, act, &may, made.id, false)).unwrap();
        let base = team.path("settings/secrets");
        let editor = world.signed_in(&vic).await;
        let list = editor.get(&base).await;
        assert!(list.has("Leaked") && !list.has("Open leak drills"), "{}", list.text());
        assert_eq!(editor.get(&format!("{base}/leaks/{drill}")).await.status, 403);
        let admin = world.signed_in(&eve).await;
        assert!(admin.get(&base).await.has("Open leak drills"));
        let page = admin.get(&format!("{base}/leaks/{drill}")).await;
        let done = admin.follow(admin.submit(&page.form("Done : Check what was done with it")).await).await;
        assert!(done.has("2 of 4 steps done"), "{}", done.text());
        assert_eq!(admin.get(&format!("{BASE}/leaks/{drill}")).await.status, 404, "not among one's own");
    }
}
