//! Each invariant is broken by hand; the doctor names it, and mends it where nobody has to decide.

use diesel::RunQueryDsl;
use keystead::accounts::creation::{self, NewAccount};
use keystead::crypto::totp::TotpSecret;
use keystead::db::{Db, DbError, Store};
use keystead::entry::appointment::{self, Appointment};
use keystead::entry::invitation;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::{Timestamp, days, hours};
use keystead::lifecycle::doctor::{self, Finding, Patient, Repair};
use keystead::mail::{self, Letter};
use keystead::mfa::totp;
use keystead::regions::directory;
use keystead::usage::{Kind, event::Event, meter};

use crate::on_both;
use crate::support::people::set_up_authenticator;
use crate::support::world::World;

fn examine(world: &World, should_fix: bool) -> Vec<Finding> {
    let site = &world.site;
    let act = world.act();
    let patient =
        Patient { regions: &site.regions, files: &site.files, plans: &site.config.plans, act: &act, should_fix };
    doctor::examine(&patient).unwrap()
}

fn person(world: &World, name: &str, is_administrator: bool) -> AccountId {
    let new = Appointment {
        region: Region::Eu,
        email: EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        username: Username::parse(name).unwrap(),
        name: name.to_owned(),
        password: None,
        plan: "free".to_owned(),
        is_administrator,
    };
    appointment::make(&world.site.regions, &world.act(), &new).unwrap()
}

fn run(store: &Store, sql: &str) {
    let changed = store.write_now(|db| keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c)));
    assert!(changed.is_ok_and(|rows: usize| rows > 0), "changed nothing: {sql}");
}

/// Breaks something, and holds that exactly this is found, and mended or put right by `undo`.
fn found(world: &World, store: &Store, break_it: &str, words: &str, undo: Option<&str>) {
    run(store, break_it);
    let findings = examine(world, false);
    let expected = if undo.is_some() { Repair::ByHand } else { Repair::Possible };
    assert_eq!(findings.len(), 1, "{break_it}: {findings:?}");
    assert!(findings[0].what.contains(words), "{break_it}: {findings:?}");
    assert_eq!(findings[0].repair, expected, "{break_it}: {findings:?}");
    match undo {
        Some(undo) => run(store, undo),
        None => assert!(examine(world, true).iter().all(|finding| finding.repair == Repair::Done), "{break_it}"),
    }
    let left = examine(world, false);
    assert!(left.is_empty(), "{break_it}: {left:?}");
}

on_both! {
    /// Also while a sign-up and an erasure are under way.
    async fn a_whole_installation_gives_nothing_to_find(world: World) {
        person(world, "lovelace", true);
        person(world, "babbage", false);
        assert_eq!(examine(world, false), []);
        world.site.clock.advance(hours(3));
        assert_eq!(examine(world, true), []);
    }

    async fn directory_and_region_are_held_against_each_other(world: World) {
        let (ada, bob) = (person(world, "lovelace", true), person(world, "babbage", false));
        world.site.clock.advance(hours(3));
        let (here, region) = (&world.site.regions.directory, world.region(Region::Eu));
        found(world, here, "DELETE FROM names WHERE name = 'babbage'", "lacks the name", None);
        found(world, here, &format!("DELETE FROM addresses WHERE account_id = '{bob}'"), "lacks the address", None);
        found(world, here, "UPDATE names SET state = 'held' WHERE name = 'babbage'", "only held", None);
        let ghost: AccountId = world.act().id();
        world.site.clock.advance(hours(1));
        let name = |state: &str, until: &str| format!(
            "INSERT INTO names (name, kind, owner_id, region, state, held_until, created_at)
             VALUES ('ghost', 'account', '{ghost}', 'eu', '{state}', {until}, 1)"
        );
        found(world, here, &name("taken", "NULL"), "which is not there", None);
        found(world, here, &name("held", "2"), "lapsed long ago", None);
        run(region, &format!("INSERT INTO tombstones VALUES ('{ghost}', 1, 1, 1, '{{}}')"));
        found(world, here, &name("taken", "NULL"), "half done", None);
        let grant = format!("INSERT INTO administrators (account_id, region, granted_at) VALUES ('{bob}', 'eu', 1)");
        found(world, here, &grant, "not marked as one", None);
        found(world, here, &format!("DELETE FROM administrators WHERE account_id = '{bob}'"), "and is none", None);
        let theirs = format!("UPDATE names SET owner_id = '{ada}' WHERE name = 'babbage'");
        run(here, &theirs);
        let findings = examine(world, false);
        assert!(findings.iter().any(|finding| finding.what.contains("is another's")), "{findings:?}");
    }

    async fn a_half_done_sign_up_is_removed(world: World) {
        let act = world.act();
        let email = EmailAddress::parse("eve@example.org").unwrap();
        let new = NewAccount {
            id: act.id(),
            username: Username::parse("half-done").unwrap(),
            email_digest: directory::address_digest(&act.keyring, &email),
            email,
            name: "Eve".to_owned(),
            password_hash: None,
            plan: "free".to_owned(),
            is_confirmed: false,
            is_administrator: false,
        };
        world.region(Region::Eu).write_now(|db| creation::create(db, &act, &new)).unwrap();
        assert_eq!(examine(world, true), [], "it may still be under way");
        world.site.clock.advance(hours(1));
        let findings = examine(world, true);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].what.contains("half-done sign-up"));
        assert_eq!(examine(world, false), []);
    }

    async fn what_hangs_on_an_account_is_looked_at(world: World) {
        let (ada, bob) = (person(world, "lovelace", true), person(world, "babbage", false));
        world.site.clock.advance(hours(3));
        let eu = world.region(Region::Eu);
        let of_bob = |what: &str| format!("UPDATE accounts SET {what} WHERE id = '{bob}'");
        found(world, eu, &format!("DELETE FROM workspaces WHERE id = '{bob}'"), "no personal workspace", None);
        found(world, eu, &of_bob("has_mfa = TRUE"), "it has not", Some(&of_bob("has_mfa = FALSE")));
        found(world, eu, &of_bob("status = 'suspended'"), "nothing says why", Some(&of_bob("status = 'active'")));
        found(world, eu, &of_bob("status = 'closing'"), "when it ends", Some(&of_bob("status = 'active'")));
        let plan = |plan: &str| format!("UPDATE workspaces SET plan = '{plan}' WHERE id = '{bob}'");
        found(world, eu, &plan("gone"), "the plan", Some(&plan("free")));
        let kind = |kind: &str| format!("UPDATE activity_events SET kind = '{kind}' WHERE workspace_id = '{ada}'");
        found(world, eu, &kind("sign_in.failed"), "was changed", Some(&kind("administrator.made")));
        let act = world.act();
        eu.write_now(|db: &mut Db| {
            totp::store(db, &act, ada, &TotpSecret::mint(&act.chance), 1)?;
            totp::store(db, &act, bob, &TotpSecret::mint(&act.chance), 1)?;
            let to = EmailAddress::parse("babbage@example.org").unwrap();
            mail::queue(db, &act, Some(bob), &to, &Letter::PasswordChanged)?;
            Ok::<_, DbError>(())
        }).unwrap();
        assert_eq!(examine(world, true).len(), 2, "both were not marked");
        let moved = format!(
            "UPDATE totp_factors SET sealed = (SELECT sealed FROM totp_factors WHERE account_id = '{ada}')
             WHERE account_id = '{bob}'"
        );
        run(eu, &moved);
        run(eu, "UPDATE mails SET account_id = NULL");
        run(eu, "UPDATE jobs SET state = 'dead'");
        let found: Vec<String> = examine(world, true).into_iter().map(|finding| finding.what).collect();
        assert!(found.iter().any(|what| what.contains("the authenticator key of account")), "{found:?}");
        assert!(found.iter().any(|what| what.starts_with("mail ")), "{found:?}");
        assert!(found.iter().any(|what| what.starts_with("job ")), "{found:?}");
        assert_eq!(found.len(), 3, "{found:?}");
    }

    async fn sums_of_minutes_are_counted_anew(world: World) {
        let ada = person(world, "lovelace", true);
        let act = world.act();
        let eu = world.region(Region::Eu);
        let event = |n: u32, kind| Event {
            source: "runner".to_owned(),
            id: n.to_string(),
            workspace: ada.personal_workspace(),
            kind,
            seconds: 600,
            ended_at: act.now.minus(days(u64::from(n))),
            job: "job".to_owned(),
            project: "cats".to_owned(),
            key: String::new(),
            member: String::new(),
        };
        let events = [event(1, Kind::Cpu), event(2, Kind::Gpu), event(40, Kind::Cpu)];
        eu.write_now(|db| meter::report(db, act.now, |_| 3, &events)).unwrap();
        world.site.clock.advance(hours(1));
        for sql in [
            "UPDATE usage_days SET seconds = seconds + 1 WHERE kind = 'gpu'",
            "DELETE FROM usage_months",
            "UPDATE usage_projects SET cpu_seconds = 0",
            "UPDATE workspaces SET minutes_rank = 1",
        ] {
            found(world, eu, sql, "not those of its events", None);
        }
    }

    async fn files_of_nobody_are_removed(world: World) {
        person(world, "lovelace", true);
        world.site.clock.advance(hours(1));
        let ghost: AccountId = world.act().id();
        world.site.files.put(Region::Eu, &format!("photos/{ghost}/1-64.webp"), b"x").unwrap();
        let folder = world.site.config.data.join(format!("files/eu/photos/{ghost}"));
        let written = std::time::UNIX_EPOCH + world.act().now.since(Timestamp::from_seconds(0));
        std::fs::File::open(folder).unwrap().set_modified(written).unwrap();
        assert_eq!(examine(world, true), [], "an organization may be about to be made for it");
        world.site.clock.advance(hours(1));
        let findings = examine(world, true);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].what.contains("belongs to nobody"));
        assert_eq!(examine(world, false), []);
    }

    /// A process that died between the file and the row, or between the row and the file before it.
    async fn files_of_photos_that_nobody_shows_are_removed_when_they_are_old(world: World) {
        let ada = person(world, "lovelace", true);
        run(world.region(Region::Eu), &format!("UPDATE accounts SET photo = 'dnew' WHERE id = '{ada}'"));
        for name in ["dnew-64.webp", "dold-64.webp", "dnew-128.part"] {
            world.site.files.put(Region::Eu, &format!("photos/{ada}/{name}"), b"x").unwrap();
            let path = world.site.config.data.join(format!("files/eu/photos/{ada}/{name}"));
            let written = std::time::UNIX_EPOCH + world.act().now.since(Timestamp::from_seconds(0));
            std::fs::File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
        }
        assert_eq!(examine(world, true), [], "they may be about to be shown");
        world.site.clock.advance(hours(1));
        let mut found: Vec<String> = examine(world, true).into_iter().map(|finding| finding.what).collect();
        found.sort();
        let words = |name: &str| format!("the file photos/{ada}/{name} belongs to no photo that is shown");
        assert_eq!(found, [words("dnew-128.part"), words("dold-64.webp")]);
        assert_eq!(examine(world, false), []);
        assert_eq!(world.site.files.list(Region::Eu, &format!("photos/{ada}")).unwrap(), ["dnew-64.webp"]);
    }

    async fn the_picture_of_an_organization_is_looked_after_like_a_photo(world: World) {
        let team = world.organization("acme-labs", &world.person("ada-m"));
        world.site.clock.advance(hours(1));
        let eu = world.region(Region::Eu);
        run(eu, &format!("UPDATE organizations SET photo = 'dnew' WHERE workspace_id = '{}'", team.id));
        let found = examine(world, true);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].what, format!("the photo of organization {} is not in the file storage", team.id));
        world.site.files.put(Region::Eu, &format!("photos/{}/dnew-64.webp", team.id), b"x").unwrap();
        assert_eq!(examine(world, true), []);
    }

    async fn what_is_sealed_for_a_moment_is_looked_at_too(world: World) {
        person(world, "lovelace", true);
        let browser = world.signed_in(&world.person("ada-m")).await;
        set_up_authenticator(world, &browser).await;
        world.site.clock.advance(hours(1));
        let eu = world.region(Region::Eu);
        let sealed = "SELECT sealed FROM totp_factors";
        let row = format!("INSERT INTO shown_once (session_id, sealed, created_at) SELECT id, ({sealed}), 1 FROM sessions");
        found(world, eu, &row, "is to be shown once to session", Some("DELETE FROM shown_once"));
        let store = eu.clone();
        let (act, address) = (world.act(), EmailAddress::parse("grace@example.org").unwrap());
        let administrator = act.id();
        invitation::invite(&world.site.regions, &store, &act, administrator, &address).await.unwrap();
        world.run_jobs();
        let here = &world.site.regions.directory;
        let bytes = if eu.read_now(|db: &mut Db| Ok::<_, DbError>(db.is_sqlite())).unwrap() { "x'00'" } else { "'\\x00'" };
        found(
            world,
            here,
            &format!("UPDATE admissions SET sealed_address = {bytes}"),
            "the address of invitation",
            Some("DELETE FROM admissions"),
        );
    }
}
