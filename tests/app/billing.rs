//! *Plans & Billing* as a person sees it.

use keystead::db::{Db, DbError};
use keystead::kernel::id::WorkspaceId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{Timestamp, days};
use keystead::regions::directory;
use keystead::usage::Kind;
use keystead::usage::event::Event;
use keystead::usage::meter::{Outcome, report};

use crate::on_both;
use crate::support::markup::check_markup;
use crate::support::people::Person;
use crate::support::world::World;

on_both! {
    async fn the_month_is_shown_against_the_allowance(world: World) {
        let ada = world.person("ada-marchetti");
        count(world, &ada, &[
            event("a", Kind::Cpu, 3_600, "2026-11-02T10:00:00Z"),
            event("b", Kind::Gpu, 1_800, "2026-11-03T10:00:00Z"),
            event("c", Kind::Cpu, 29, "2026-11-03T23:59:59Z"),
        ]);
        let page = world.signed_in(&ada).await.get("/settings/billing").await;
        for words in [
            "Free plan Your plan",
            "CPU 60 min counted once",
            "GPU 30 min × 3 = 90 min",
            "Total 150 min 60 + 90",
            "Left 1,350 min resets 1 December 2026",
            "150 of 1,500 min used",
            "Tue 3 Nov 0 30 90 150",
            "November so far 60 30 150 150",
        ] {
            assert!(page.has(words), "{words} is missing in {}", page.text());
        }
        check_markup("/settings/billing", &page.html);
    }

    async fn another_month_is_chosen_and_saved_as_a_table(world: World) {
        let ada = world.person("ada-marchetti");
        count(world, &ada, &[event("a", Kind::Cpu, 5_400, "2026-09-30T23:59:59Z")]);
        let browser = world.signed_in(&ada).await;
        let form = browser.get("/settings/billing").await.form("Show");
        assert_eq!(form.value("month"), "2026-11");
        let september = browser.get("/settings/billing?month=2026-09").await;
        assert!(september.has("1 to 30 September 2026") && september.has("Wed 30 Sep 90 0 90 90"));
        let link = september.attribute("a[download]", "href").unwrap();
        let csv = browser.get(&link).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        let name = "attachment; filename=\"minutes-ada-marchetti-2026-09.csv\"";
        assert_eq!(csv.headers["content-disposition"], name);
        let lines: Vec<&str> = csv.html.lines().collect();
        assert_eq!(lines.len(), 31);
        assert_eq!((lines[0], lines[30]), ("day,cpu_minutes,gpu_minutes,counted_minutes", "2026-09-30,90,0,90"));
        let today = browser.get("/settings/billing/usage.csv").await;
        assert_eq!(today.html.lines().count(), 22, "this month ends today, the 21st");
    }

    async fn a_month_that_is_none_is_refused(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for (month, status) in [
            ("2026-12", 404),
            ("2026-13", 400),
            ("november", 400),
            ("%FF", 400),
            ("2026-11&month=2026-10", 400),
            ("", 200),
            ("1970-01", 200),
        ] {
            for page in ["/settings/billing", "/settings/billing/usage.csv"] {
                let view = browser.get(&format!("{page}?month={month}")).await;
                assert_eq!(view.status, status, "{page} {month}: {}", view.text());
            }
        }
    }

    async fn without_minutes_the_page_says_what_will_stand_there(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let page = browser.get("/settings/billing").await;
        assert!(page.has("No minutes in November 2026") && page.has("0 of 1,500 min used"));
        check_markup("/settings/billing", &page.html);
    }

    async fn the_plan_stands_in_full_beside_the_others(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let page = browser.get("/settings/billing/plan").await;
        assert_eq!(page.text_of("#plan-free"), "Free plan Your plan");
        assert!(page.has("Price $29.00 a seat a month, or $290.00 a year"));
        assert!(page.has("Seats 50 Storage No limit"));
        check_markup("/settings/billing/plan", &page.html);
    }

    async fn nobody_sees_the_minutes_of_another(world: World) {
        let (ada, grace) = (world.person("ada-marchetti"), world.person("grace"));
        count(world, &ada, &[event("a", Kind::Cpu, 3_600, "2026-11-02T10:00:00Z")]);
        let page = world.signed_in(&grace).await.get("/settings/billing").await;
        assert!(page.has("No minutes in November 2026"));
        for path in ["/settings/billing", "/settings/billing/plan", "/settings/billing/usage.csv"] {
            let view = world.visitor().get(path).await;
            assert_eq!(view.status, 303);
            assert!(view.location().unwrap().starts_with("/sign-in?return_to="));
        }
    }

    async fn a_pace_that_will_not_last_is_said_early(world: World) {
        let ada = world.person("ada-marchetti");
        let daily = |n: u64| {
            let ended = world.site.clock.now().minus(days(n));
            Event { ended_at: ended, ..event(&n.to_string(), Kind::Cpu, 6_000, "2026-11-01T00:00:00Z") }
        };
        count(world, &ada, &(1..=14).map(daily).collect::<Vec<_>>());
        let page = world.signed_in(&ada).await.get("/settings/billing").await;
        assert!(page.has("At this pace you reach the limit on 22 November"), "{}", page.text());
        assert!(page.has("The last 7 full days, 14 to 20 November, used 700 minutes: 100 a day."));
    }
}

fn event(id: &str, kind: Kind, seconds: i64, ended_at: &str) -> Event {
    Event {
        source: "runner-1".to_owned(),
        id: id.to_owned(),
        // Whose it is, is known when it is counted.
        workspace: "00000000-0000-7000-8000-000000000000".parse().unwrap(),
        kind,
        seconds,
        ended_at: Timestamp::parse_rfc3339(ended_at).unwrap(),
        job: "job-1".to_owned(),
        project: String::new(),
        key: String::new(),
        member: String::new(),
    }
}

fn count(world: &World, person: &Person, events: &[Event]) {
    let workspace = workspace_of(world, person);
    let events: Vec<Event> = events.iter().map(|event| Event { workspace, ..event.clone() }).collect();
    let counted = |db: &mut Db| report(db, world.site.clock.now(), |_| 3, &events);
    let outcomes = world.region(Region::Eu).write_now::<_, DbError>(counted).unwrap();
    assert_eq!(outcomes, vec![Outcome::Accepted; events.len()]);
}

fn workspace_of(world: &World, person: &Person) -> WorkspaceId {
    let found = |db: &mut Db| directory::by_name(db, &person.username);
    let row = world.site.regions.directory.read_now::<_, DbError>(found).unwrap();
    row.unwrap().owner_id.personal_workspace()
}
