//! The administrators' list of accounts, as a page and as a file.

use keystead::accounts::creation::{self, NewAccount};
use keystead::activity::{Chain, feed};
use keystead::db::{Db, DbError};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::regions::administrators::{self, Administrator};
use keystead::regions::directory;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::set_up_authenticator;
use crate::support::world::World;

/// Grace, in a browser in which she may enter the administration.
async fn administrator(world: &World) -> Client {
    let grace = world.person("grace-hopper");
    let browser = world.signed_in(&grace).await;
    set_up_authenticator(world, &browser).await;
    let directory = &world.site.regions.directory;
    let digest = directory::address_digest(&world.site.keyring, &EmailAddress::parse(&grace.email).unwrap());
    let make = |db: &mut Db| {
        let account_id = directory::by_address(db, &digest)?.unwrap().account_id;
        let new = Administrator { account_id, region: Region::Eu, granted_by: None, granted_at: world.act().now };
        administrators::make(db, &new)
    };
    directory.write_now::<_, DbError>(make).unwrap();
    browser
}

/// Somebody whom the directory need not know.
fn newcomer(world: &World, region: Region, username: &str, name: &str, plan: &str) {
    let act = world.act();
    let email = EmailAddress::parse(&format!("{username}@example.com")).unwrap();
    let new = NewAccount {
        id: act.id::<AccountId>(),
        username: Username::parse(username).unwrap(),
        email_digest: directory::address_digest(&act.keyring, &email),
        email,
        name: name.to_owned(),
        password_hash: None,
        plan: plan.to_owned(),
        is_confirmed: true,
        is_administrator: false,
    };
    world.region(region).write_now(|db: &mut Db| creation::create(db, &act, &new)).unwrap();
}

/// The usernames on a page, from top to bottom.
fn listed(view: &View) -> Vec<String> {
    let html = scraper::Html::parse_document(&view.html);
    let names = scraper::Selector::parse("tbody .person small").unwrap();
    html.select(&names).map(|name| name.text().collect()).collect()
}

on_both! {
    async fn administrators_find_people_by_what_they_know_of_them(world: World) {
        let grace = administrator(world).await;
        newcomer(world, Region::Us, "samira-el", "Samira El-Amrani", "pro");
        newcomer(world, Region::Ap, "yuki-tanabe", "Yuki Tanabe", "free");
        let found = async |query: &str| listed(&grace.get(&format!("/admin/accounts?{query}")).await);

        let all = grace.get("/admin/accounts").await;
        assert_eq!(listed(&all).len(), 3, "{}", all.text());
        assert_eq!(all.text_of(".bar p"), "3 accounts, most minutes first");
        check_markup("/admin/accounts", &all.html);

        assert_eq!(found("q=AMR").await, ["samira-el"]);
        assert_eq!(found("q=samira+el-a").await, ["samira-el"]);
        assert_eq!(found("q=yuki-t").await, ["yuki-tanabe"]);
        assert_eq!(found("q=Grace-Hopper%40example.com").await, ["grace-hopper"]);
        assert_eq!(found("q=grace-hopper%40example.com&region=us").await, [""; 0]);
        assert_eq!(found("region=us").await, ["samira-el"]);
        assert_eq!(found("plan=pro").await, ["samira-el"]);
        assert_eq!(found("mfa=on").await, ["grace-hopper"]);
        assert_eq!(found("mfa=off&sort=created-up").await.len(), 2);
        assert_eq!(found("status=closing").await, [""; 0]);
        assert_eq!(found("created_from=2026-11-21&created_until=2026-11-21").await.len(), 3);
        assert_eq!(found("seen_until=2026-11-20").await, [""; 0]);
        assert_eq!(found("minutes=0").await, [""; 0]);

        let nobody = grace.get("/admin/accounts?q=nobody%40example.com").await;
        assert!(nobody.has("No account matches"), "{}", nobody.text());
        check_markup("/admin/accounts", &nobody.html);
    }

    async fn the_list_is_read_page_by_page_over_all_regions_and_back(world: World) {
        let grace = administrator(world).await;
        for n in 10..40 {
            let region = Region::ALL[n % 3];
            newcomer(world, region, &format!("person-{n}"), &format!("Person {n}"), "free");
        }
        let first = grace.get("/admin/accounts?q=person&sort=created&plan=free").await;
        let next = first.attribute("[rel=next]", "href").unwrap();
        assert!(next.contains("q=person") && next.contains("plan=free") && next.contains("sort=created"), "{next}");
        assert!(first.attribute("[rel=prev]", "href").is_none());
        assert_eq!(first.text_of(".pager span"), "Rows 1 to 25");

        let second = grace.get(&next).await;
        assert!(second.attribute("[rel=next]", "href").is_none());
        let mut all = listed(&first);
        all.extend(listed(&second));
        all.sort();
        let expected: Vec<String> = (10..40).map(|n| format!("person-{n}")).collect();
        assert_eq!(all, expected);

        let back = grace.get(&second.attribute("[rel=prev]", "href").unwrap()).await;
        assert_eq!(listed(&back), listed(&first));
        let sorted = first.attribute("th[aria-sort] a, thead a", "href").unwrap();
        assert!(sorted.contains("q=person") && sorted.contains("sort=minutes") && !sorted.contains("after"), "{sorted}");
    }

    async fn what_cannot_be_read_comes_back_as_typed_or_is_refused(world: World) {
        let grace = administrator(world).await;
        let long = "q=".to_owned() + &"a".repeat(255);
        let typed = ["minutes=many", "minutes=-1", "created_from=soon", "seen_until=2026-02-30", "q=ada%40", &long];
        for query in typed {
            let view = grace.get(&format!("/admin/accounts?{query}")).await;
            assert_eq!(view.status, 422, "{query}");
            let (field, value) = query.split_once('=').unwrap();
            let shown = view.attribute(&format!("#{field}"), "value");
            assert_eq!(shown, Some(value.replace("%40", "@")), "what was typed is still there");
            assert!(!view.text_of(&format!("#{field}-error")).is_empty());
            check_markup("/admin/accounts", &view.html);
        }
        for query in ["region=xx", "plan=gone", "status=bad", "mfa=maybe", "sort=name", "after=1", "q=a&q=b", "q=%FF"] {
            assert_eq!(grace.get(&format!("/admin/accounts?{query}")).await.status, 400, "{query}");
        }
        assert_eq!(grace.get("/admin/accounts.csv?minutes=many").await.status, 400);
    }

    async fn the_list_is_taken_away_as_a_file_and_that_is_recorded(world: World) {
        let grace = administrator(world).await;
        newcomer(world, Region::Us, "cunning-fox", "=HYPERLINK(\"https://fox.example\")", "pro");
        let file = grace.get("/admin/accounts.csv?plan=pro").await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        let mut table = csv::Reader::from_reader(file.html.as_bytes());
        assert_eq!(&table.headers().unwrap()[1], "username");
        let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0][1], &rows[0][4], &rows[0][5]), ("cunning-fox", "us", "pro"));
        assert_eq!(&rows[0][2], "'=HYPERLINK(\"https://fox.example\")");

        let region = world.region(Region::Eu);
        for _ in 0..1_000 {
            let latest = region.read_now(|db| feed::latest(db, Chain::Instance, 5)).unwrap();
            if latest.iter().any(|entry| entry.sentence.contains("ccounts exported")) {
                return;
            }
            // Written by another thread, in a moment.
            grace.get("/settings/account").await;
        }
        panic!("taking the list away was not recorded");
    }

    async fn nobody_else_learns_that_there_is_a_list(world: World) {
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        for path in ["/admin", "/admin/accounts", "/admin/accounts.csv"] {
            assert_eq!(ada.get(path).await.status, 404);
        }
        let way_in = administrator(world).await.get("/admin").await;
        assert_eq!(way_in.location().as_deref(), Some("/admin/accounts"));
    }
}
