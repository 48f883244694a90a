//! Erasing, held against the schema itself: every table and column the databases have, not those a list remembers.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use keystead::crypto::token::TokenDigest;
use keystead::db::{Db, DbError, Store};
use keystead::entry::invitation;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, hours, minutes};
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::erasing::{self, NAME_HELD_DAYS};
use keystead::lifecycle::steps;
use keystead::lifecycle::{consequences, mfa_reset, suspension};
use keystead::photos;
use keystead::regions::administrators::{self, Administrator};
use keystead::regions::directory;
use keystead::sessions::approval::{self, Approval};
use keystead::sessions::one_time::{self, Purpose};
use keystead::sessions::session::{self, NewSession, SessionKind};
use keystead::sessions::{device, shown_once};
use keystead::usage::{Kind, event::Event, meter};

use crate::on_both;
use crate::support::people::set_up_authenticator;
use crate::support::projects::leave_everywhere;
use crate::support::teams::leave_in_organizations;
use crate::support::world::World;

/// Tables that hold nothing of any account.
const OF_NOBODY: &[&str] = &[
    "__diesel_schema_migrations",
    "backups",
    "file_holds",
    // Programs that wait for an answer: nobody knows yet whose, and they are gone within two hours.
    "device_requests",
    "named_keys",
    "schema_marks",
    "service_tokens",
    "setup_links",
    // By keyed digest, and only for as long as its window.
    "throttles",
];

/// What erasing itself writes: the tombstone, the line that keeps a backup from bringing it back, and the name by a digest that only this instance can compute.
const LEFT_BEHIND: &[&str] = &["tombstones", "erasures", "retired_names"];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

fn lines(db: &mut Db, sql: &str) -> Result<Vec<String>, DbError> {
    let lines: Vec<Line> = keystead::on_each!(db, |c| diesel::sql_query(sql).load(c))?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

/// Every row of every table, as text; bytes as hexadecimal digits.
pub fn contents(store: &Store) -> BTreeMap<String, Vec<String>> {
    let read = |db: &mut Db| {
        let tables = if db.is_sqlite() {
            "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        } else {
            "SELECT table_name::text AS text FROM information_schema.tables
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        };
        let mut contents = BTreeMap::new();
        for table in lines(db, tables)? {
            let rows = if db.is_sqlite() {
                let columns = lines(db, &format!("SELECT name AS text FROM pragma_table_info('{table}')"))?;
                let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                format!("SELECT {} AS text FROM \"{table}\"", quoted.join(" || ' ' || "))
            } else {
                format!("SELECT t::text AS text FROM \"{table}\" t")
            };
            contents.insert(table.clone(), lines(db, &rows)?);
        }
        Ok::<_, DbError>(contents)
    };
    store.read_now(read).unwrap()
}

/// Texts by which somebody is known.
pub struct Marks(Vec<String>);

impl Marks {
    fn are_in(&self, row: &str) -> bool {
        let row = row.to_lowercase();
        self.0.iter().any(|mark| {
            row.contains(&mark.to_lowercase()) || row.contains(&data_encoding::HEXLOWER.encode(mark.as_bytes()))
        })
    }

    /// The rows of each table in which they stand; tables without any are left out.
    fn found(&self, stores: &[&Store]) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for store in stores {
            for (table, rows) in contents(store) {
                let mut rows: Vec<String> = rows.into_iter().filter(|row| self.are_in(row)).collect();
                rows.sort();
                if !rows.is_empty() {
                    found.insert(table, rows);
                }
            }
        }
        found
    }
}

/// Leaves something in every table there is, the account being closed by an administrator who suspended it before.
fn fill(world: &World, id: AccountId, username: &str, mark: &str, by: AccountId, when: When) -> Marks {
    let (site, act, eu) = (&world.site, world.act(), world.region(Region::Eu));
    let account = world.account(id).unwrap();
    let address = EmailAddress::parse(&account.email).unwrap();
    let event = |n: u32, kind| Event {
        source: "runner".to_owned(),
        id: format!("{mark}-{n}"),
        workspace: id.personal_workspace(),
        kind,
        seconds: 600,
        ended_at: act.now.minus(days(u64::from(n))),
        job: format!("job of {mark}"),
        project: format!("project of {mark}"),
        key: format!("key of {mark}"),
        member: id.to_string(),
    };
    let events = [event(1, Kind::Cpu), event(2, Kind::Gpu), event(40, Kind::Cpu)];
    eu.write_now(|db| meter::report(db, act.now, |_| 3, &events)).unwrap();
    let profile = |db: &mut Db| {
        let sql = format!(
            "UPDATE accounts SET job_title = '{mark}', company = '{mark}', bio = '{mark}', social = '{{\"web\":\"{mark}\"}}' WHERE id = '{id}'"
        );
        keystead::on_each!(db, |c| diesel::sql_query(&sql).execute(c))
    };
    eu.write_now::<_, DbError>(profile).unwrap();
    leave_everywhere(world, &act, id, mark);
    let report = format!(
        "INSERT INTO examinations (id, region, asked_at, report) VALUES ('of {mark}', 'eu', 1, '{{\"what\":\"account {id} is not whole\"}}')"
    );
    let examined = |db: &mut Db| keystead::on_each!(db, |c| diesel::sql_query(&report).execute(c));
    site.regions.directory.write_now::<_, DbError>(examined).unwrap();
    leave_in_organizations(world, &act, id, by, mark);
    eu.write_now(|db| mfa_reset::request(db, &act, Region::Eu, Some(by), id)).unwrap();
    eu.write_now(|db| suspension::suspend(db, &act, by, id, &format!("A reason about {mark}"))).unwrap();
    let closed_by = By::Administrator { id: Some(by), reason: format!("Another reason about {mark}") };
    closing::close(&site.regions, Region::Eu, &act, id, &closed_by, when).unwrap();

    // What closing ended, as if a request under way had written it in the same moment.
    let session = eu.write_now(|db| {
        let (device, _) = device::seen(db, &act, id, &TokenDigest::of(&format!("browser of {mark}")))?;
        let new = NewSession {
            account: id,
            kind: SessionKind::Browser,
            device: Some(device),
            is_remembered: true,
            has_second_factor: true,
        };
        let (session, _) = session::open(db, &act, Region::Eu, &new)?;
        shown_once::keep(db, &act, session, "codes", mark)?;
        approval::add(
            db,
            &Approval {
                digest: TokenDigest::of(&format!("program of {mark}")),
                account_id: id,
                agent: mark.to_owned(),
                has_second_factor: false,
                created_at: act.now,
                expires_at: act.now.plus(hours(1)),
            },
        )?;
        one_time::issue(db, &act, id, Purpose::ResetPassword, &format!("digest of {mark}"), hours(1))?;
        Ok::<_, DbError>(session)
    });
    let rights = Administrator { account_id: id, region: Region::Eu, granted_by: None, granted_at: act.now };
    site.regions.directory.write_now(|db| administrators::make(db, &rights)).unwrap();
    site.files
        .put(Region::Eu, &format!("{}/e0-64.webp", photos::folder(id.personal_workspace())), mark.as_bytes())
        .unwrap();
    let digest = directory::address_digest(&site.keyring, &address);
    Marks(vec![
        id.to_string(),
        username.to_owned(),
        account.email,
        account.name,
        digest,
        mark.to_owned(),
        session.unwrap().to_string(),
    ])
}

pub struct Two {
    ada: (AccountId, Marks),
    eve: (AccountId, Marks),
}

/// Ada, who is closed, and Eve, who lives beside her with the same in every table, but for the closing.
pub async fn two(world: &World, when: When) -> Two {
    let boss = world.administrator("grace-hopper").await;
    let mut marks = Vec::new();
    for (username, name, mark) in
        [("ada-marchetti", "Adalgisa Marchetti", "zebrafish"), ("eve-adler", "Evelina Adler", "quokka")]
    {
        let address = EmailAddress::parse(&format!("{username}@example.com")).unwrap();
        let eu = world.region(Region::Eu);
        invitation::invite(&world.site.regions, eu, &world.act(), boss.id, &address).await.unwrap();
        let person = world.person_in(Region::Eu, username, name, "free");
        let browser = world.signed_in(&person).await;
        set_up_authenticator(world, &browser).await;
        let id = world.id_of(username);
        let closes = if mark == "zebrafish" { when } else { When::After(10_000) };
        marks.push((id, fill(world, id, username, mark, boss.id, closes)));
    }
    let eve = marks.pop().unwrap();
    Two { ada: marks.pop().unwrap(), eve }
}

fn stores(world: &World) -> [&Store; 2] {
    [world.region(Region::Eu), &world.site.regions.directory]
}

fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            found.push(path.to_string_lossy().into_owned());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

on_both! {
    /// A table that is added later and holds something of an account fails here until [`fill`] fills it, and then until
    /// a step erases it.
    async fn nothing_of_an_erased_account_is_left_in_any_table_or_file(world: World) {
        let Two { ada: (ada, marks), .. } = two(world, When::After(14)).await;
        let found = marks.found(&stores(world));
        for table in stores(world).into_iter().flat_map(contents).map(|(table, _)| table) {
            let is_expected = !OF_NOBODY.contains(&table.as_str()) && !LEFT_BEHIND.contains(&table.as_str());
            // A head knows its chain by the workspace.
            assert_eq!(found.contains_key(&table), is_expected, "{table}: {:?}", found.get(&table));
        }
        let root = world.site.config.data.join("files");
        assert!(files_below(&root).iter().any(|file| marks.are_in(file)));

        world.site.clock.advance(days(14));
        world.run_jobs();
        for (table, rows) in marks.found(&stores(world)) {
            let is_expected = match table.as_str() {
                "tombstones" | "erasures" | "activity_events" => true,
                // The one that did it.
                "jobs" => rows.iter().all(|row| row.contains("erase_account")),
                _ => false,
            };
            assert!(is_expected, "{table}: {rows:#?}");
        }
        // What is done is remembered for a day.
        world.site.clock.advance(days(3));
        world.run_jobs();
        let mut left = marks.found(&stores(world));
        assert!(left.remove("tombstones").is_some() && left.remove("erasures").is_some());
        // That something happened stays in the chains of others, to or by whom by id alone; the account's own chain is
        // among the steps below.
        for row in left.remove("activity_events").unwrap_or_default() {
            let without_ids = row.replace(ada.as_str(), "");
            assert!(!marks.are_in(&without_ids), "{row}");
        }
        assert!(left.is_empty(), "{left:#?}");
        assert!(!files_below(&root).iter().any(|file| marks.are_in(file)), "{:?}", files_below(&root));
        let receipts = world.inbox("ada-marchetti@example.com");
        assert!(receipts.iter().any(|mail| mail.subject.contains("was erased")));
        let eu = world.region(Region::Eu);
        assert_eq!(eu.read_now(|db| steps::count_all(db, ada)).unwrap().iter().map(|(_, count)| count).sum::<i64>(), 0);
    }

    async fn erasing_one_leaves_everything_of_another(world: World) {
        let Two { ada: (ada, _), eve: (eve, marks) } = two(world, When::Immediately).await;
        // Ada's goes below; hers waits until then.
        let before = marks.found(&stores(world));
        let eu = world.region(Region::Eu);
        let outside = consequences::Outside::default();
        eu.write_now(|db| erasing::erase_here(db, &world.act(), ada, outside)).unwrap();
        erasing::erase_outside(&world.site.regions, &world.site.files, Region::Eu, &world.act(), ada).unwrap();
        assert!(world.account(ada).is_none());
        assert_eq!(marks.found(&stores(world)), before);
        assert_eq!(world.site.files.list(Region::Eu, &photos::folder(eve.personal_workspace())).unwrap(), ["e0-64.webp"]);
        world.run_jobs();
        assert!(world.account(eve).is_some());
    }

    async fn what_is_counted_before_is_what_goes(world: World) {
        let Two { ada: (ada, _), .. } = two(world, When::Immediately).await;
        let (site, eu) = (&world.site, world.region(Region::Eu));
        let counted = eu.read_now(|db| steps::count_all(db, ada)).unwrap();
        let announced = consequences::of_account(&site.regions, &site.files, Region::Eu, ada).unwrap();
        let numbers = |all: &[(&'static steps::Step, i64)]| -> Vec<(&str, i64)> {
            all.iter().map(|(step, count)| (step.name, *count)).collect()
        };
        for (step, count) in &counted {
            assert!(*count > 0, "{} was not filled", step.name);
        }
        assert_eq!(counted.len(), steps::all().count());
        let outside = consequences::Outside::count(&site.regions, &site.files, Region::Eu, ada).unwrap();
        let gone = eu.write_now(|db| steps::erase_all(db, &world.act(), ada)).unwrap();
        assert_eq!(numbers(&counted), numbers(&gone));
        assert_eq!(announced, consequences::lines(&gone, outside));
        assert_eq!(announced.len(), steps::KINDS.len(), "every line tells of something here");
    }

    async fn erasing_twice_is_safe_and_a_step_that_fails_takes_all_back(world: World) {
        let Two { ada: (ada, marks), .. } = two(world, When::Immediately).await;
        let eu = world.region(Region::Eu);
        let run = |sql: &str| {
            eu.write_now(|db| keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c))).unwrap();
        };
        // Something that refuses to let the account go, at the very last step.
        run("CREATE TABLE refusals (account_id TEXT NOT NULL REFERENCES accounts (id))");
        run(&format!("INSERT INTO refusals VALUES ('{ada}')"));
        let before = eu.read_now(|db| steps::count_all(db, ada)).unwrap();
        let outside = consequences::Outside::default();
        assert!(eu.write_now(|db| erasing::erase_here(db, &world.act(), ada, outside)).is_err());
        let after = eu.read_now(|db| steps::count_all(db, ada)).unwrap();
        assert!(before.iter().zip(&after).all(|(one, other)| one.1 == other.1));
        assert!(!eu.read_now(|db| erasing::is_erased(db, ada)).unwrap());
        world.run_jobs();
        assert!(!marks.found(&[&world.site.regions.directory]).is_empty(), "the directory waits for the region");
        assert_eq!(world.site.files.list(Region::Eu, &photos::folder(ada.personal_workspace())).unwrap().len(), 1);

        run("DROP TABLE refusals");
        let standing = eu.write_now(|db| erasing::erase_here(db, &world.act(), ada, outside)).unwrap();
        assert_eq!(standing, erasing::Standing::Erased);
        // Died here; the next try of the job finishes it.
        world.site.clock.advance(minutes(1));
        world.run_jobs();
        assert!(marks.found(&[&world.site.regions.directory]).is_empty());
        assert_eq!(world.site.files.list(Region::Eu, &photos::folder(ada.personal_workspace())).unwrap(), [""; 0]);
        let tombstones = contents(eu).remove("tombstones").unwrap();
        assert_eq!(eu.write_now(|db| erasing::erase_here(db, &world.act(), ada, outside)).unwrap(), standing);
        assert_eq!(contents(eu).remove("tombstones").unwrap(), tombstones);
        let receipts = world.inbox("ada-marchetti@example.com");
        assert_eq!(receipts.iter().filter(|mail| mail.subject.contains("was erased")).count(), 1);
    }

    async fn the_name_is_held_through_the_grace_and_ninety_days_more(world: World) {
        world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        let (site, clock) = (&world.site, &world.site.clock);
        closing::close(&site.regions, Region::Eu, &world.act(), id, &By::Owner, When::After(14)).unwrap();
        let is_free = async || {
            let browser = world.visitor();
            let form = browser.get("/sign-up").await.form("Create account");
            let form = form
                .fill("Email", "somebody@else.example")
                .fill("Password", "gentle grippers hold warm eggs")
                .fill("Name", "Somebody Else")
                .fill("Username", "ada-marchetti")
                .choose("region", "eu");
            let answer = browser.submit(&form).await;
            assert!([303, 422].contains(&answer.status), "{}", answer.text());
            answer.status == 303
        };
        assert!(!is_free().await);
        clock.advance(days(13));
        world.run_jobs();
        assert!(!is_free().await, "the last day of grace");
        clock.advance(days(1));
        world.run_jobs();
        assert!(world.account(id).is_none());
        assert!(!is_free().await, "erased, and held");
        clock.advance(minutes(NAME_HELD_DAYS * 24 * 60 - 1));
        assert!(!is_free().await, "the last minute");
        clock.advance(minutes(1));
        assert!(is_free().await);
    }
}
