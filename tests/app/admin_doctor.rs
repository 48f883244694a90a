//! `/admin/doctor`: examined when asked, by a job; shown until the next time; nothing mended.

use diesel::RunQueryDsl;
use keystead::activity::{self, Event};
use keystead::config::MasterKeySource;
use keystead::crypto::keyring::key_name;
use keystead::db::{Db, DbError, Store};
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::doctor::examination::{self, UnderWay};
use keystead::lifecycle::doctor::{Repair, keeping};

use crate::on_both;
use crate::support::administrators::Administrator;
use crate::support::client::View;
use crate::support::markup::check_markup;

const PAGE: &str = "/admin/doctor";

fn run(store: &Store, sql: &str) {
    let changed = store.write_now(|db: &mut Db| keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c)));
    assert!(changed.is_ok_and(|rows: usize| rows > 0), "changed nothing: {sql}");
}

async fn press(boss: &Administrator) -> View {
    let form = boss.browser.get(PAGE).await.form("Examine now");
    let pressed = boss.browser.submit(&form).await;
    boss.browser.follow(pressed).await
}

on_both! {
    async fn it_examines_when_asked_and_shows_what_was_found(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let page = boss.browser.get(PAGE).await;
        check_markup(PAGE, &page.html);
        assert!(page.has("Not examined yet") && page.headers.get("refresh").is_none());
        run(world.region(Region::Eu), &format!("UPDATE workspaces SET plan = 'gone' WHERE id = '{}'", boss.id));

        let at_work = press(&boss).await;
        check_markup(PAGE, &at_work.html);
        assert!(at_work.has("Waiting to begin") && at_work.headers["refresh"] == "2");
        assert!(!at_work.html.contains("Examine now"), "one at a time");
        assert!(!examination::ask(&world.site.regions, &world.act()).unwrap());

        world.run_jobs();
        let found = boss.browser.get(PAGE).await;
        check_markup(PAGE, &found.html);
        assert!(found.has("Something needs you") && found.headers.get("refresh").is_none());
        assert!(found.has("Every plan is in the plans file") && found.has("Needs you"));
        assert!(found.text().contains("eu: 1 workspaces have the plan"), "{}", found.text());

        // Nothing was mended; put right by hand, it is well the next time.
        run(world.region(Region::Eu), &format!("UPDATE workspaces SET plan = 'free' WHERE id = '{}'", boss.id));
        assert!(boss.browser.get(PAGE).await.has("Something needs you"), "what was found stays until the next time");
        press(&boss).await;
        world.run_jobs();
        let well = boss.browser.get(PAGE).await;
        assert!(!well.text().contains("have the plan"), "{}", well.text());
    }

    async fn one_that_broke_off_says_why_and_can_be_asked_for_again(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let (regions, act) = (&world.site.regions, world.act());
        assert!(examination::ask(regions, &act).unwrap());
        let store = regions.served().next().unwrap().1;
        run(store, "UPDATE jobs SET state = 'dead', error = 'The wheel came off.' WHERE name = 'examine'");
        let page = boss.browser.get(PAGE).await;
        check_markup(PAGE, &page.html);
        assert!(page.has("broke off") && page.has("The wheel came off.") && page.headers.get("refresh").is_none());
        run(store, "DELETE FROM jobs WHERE name = 'examine'");
        let gone = Some(UnderWay { done: 0, total: 0, failed: Some("It was given up.".to_owned()) });
        assert_eq!(examination::standing(regions).unwrap().under_way, gone);
        assert!(press(&boss).await.has("Waiting to begin"));
        world.run_jobs();
        assert!(examination::standing(regions).unwrap().last.is_some());
    }

    async fn a_master_key_of_more_than_a_year_is_advised_about(world: World) {
        let (site, act) = (&world.site, world.act());
        let look = |now| keeping::key_age(&site.regions, &site.keyring, &site.config.master_key, now).unwrap();
        let name = key_name(site.keyring.master_ids()[0]);
        run(&site.regions.directory, "INSERT INTO named_keys (name, wrapped, created_at) VALUES ('first', '', 1)");
        let first = look(act.now).unwrap();
        assert_eq!((first.repair, first.check), (Repair::Advice, keeping::KEY_AGE));
        let made = |key: &str| {
            let event = Event::MasterKeyMade { key: key.to_owned() };
            let record = |db: &mut Db| activity::record_instance(db, &act, None, None, &event);
            world.region(Region::Us).write_now::<_, DbError>(record).unwrap();
        };
        made("another");
        assert!(look(act.now).is_some(), "that was another key");
        made(&name);
        assert_eq!(look(act.now.plus(days(365))), None);
        let what = look(act.now.plus(days(401))).unwrap().what;
        let began = format!("the master key {name} has sealed for 401 days; ");
        assert!(what.starts_with(&began), "{what}");
        let source = MasterKeySource::File { path: "master.key".into(), may_create: true };
        let own = keeping::key_age(&site.regions, &site.keyring, &source, act.now.plus(days(401))).unwrap().unwrap();
        assert_eq!(own.what, began.clone() + "`keystead keys rotate` makes a new one");
        let source = MasterKeySource::Text("hidden".to_owned());
        let told = keeping::key_age(&site.regions, &site.keyring, &source, act.now.plus(days(401))).unwrap().unwrap();
        assert!(told.what.starts_with(&(began + "put a new line")), "{told:?}");
    }
}
