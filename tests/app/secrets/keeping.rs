//! What a workspace keeps: names, versions, and what becomes of them.

use diesel::prelude::*;
use keystead::access::Role;
use keystead::db::schema::{numbers, secret_projects, secret_uses, secret_versions, secrets as rows};
use keystead::kernel::time::{days, hours};
use keystead::lifecycle::members;
use keystead::secrets::changing::{self, Changed};
use keystead::secrets::value::LARGEST;
use keystead::secrets::{SecretError, SecretName, adding, removal, secret, uses, versions};

use crate::on_both;
use crate::support::projects::own;
use crate::support::region::fifty_at_once;
use crate::support::secrets::{new, permit, value};

on_both! {
    async fn a_name_is_one_living_secrets_even_at_once(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let may = permit(ada.personal_workspace(), ada);
        let made = fifty_at_once(|| world.on_secrets(|db, act| adding::add(db, act, &may, &new("API_KEY", "x"))));
        let taken = made.iter().filter(|one| matches!(one, Err(SecretError::Taken))).count();
        assert_eq!((made.iter().filter(|one| one.is_ok()).count(), taken), (1, 49));
        let eve = world.id_of(&world.person("eve-adler").username);
        world.secret(&permit(eve.personal_workspace(), eve), "API_KEY", "y");
        assert_eq!(world.environment(ada.personal_workspace(), None), [("API_KEY".to_owned(), "x".to_owned())]);
    }

    async fn a_workspace_has_a_limited_number_even_at_once(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let may = permit(ada.personal_workspace(), ada);
        let most = usize::try_from(keystead::secrets::MOST).unwrap();
        let file: Vec<_> = (0..most - 3).map(|n| (SecretName::parse(&format!("N_{n}")).unwrap(), value("x"))).collect();
        let kept = world.on_secrets(|db, act| adding::keep_all(db, act, &may, &file)).unwrap();
        assert_eq!((kept.added.len(), kept.replaced.len()), (most - 3, 0));
        let count = std::sync::atomic::AtomicUsize::new(0);
        let made = fifty_at_once(|| {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            world.on_secrets(|db, act| adding::add(db, act, &may, &new(&format!("MORE_{n}"), "x"))).is_ok()
        });
        assert_eq!(made.iter().filter(|is| **is).count(), 3);
        assert_eq!(world.inbox("ada-marchetti@example.com").len(), 4, "one mail tells of a whole file");
    }

    async fn deleted_ones_count_until_they_are_erased_and_the_last_one_deleted_is_first(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let first = world.secret(&may, "FIRST", "x");
        let now = world.site.clock.now();
        world.on_secrets(|db, act| {
            for n in 0..998 {
                let (id, number) = (act.id(), first.number + 10_000 + n);
                let row = secret::Secret { id, number, deleted_at: Some(now), ..first.clone() };
                diesel::insert_into(rows::table).values(&row).execute(db)?;
            }
            Ok(())
        }).unwrap();
        world.secret(&may, "SECOND", "x");
        let full = |outcome: Result<(), SecretError>| assert!(matches!(outcome, Err(SecretError::TooManyDeleted)));
        full(world.on_secrets(|db, act| adding::add(db, act, &may, &new("THIRD", "x")).map(drop)));
        let file = |name: &str| [(SecretName::parse(name).unwrap(), value("y"))];
        full(world.on_secrets(|db, act| adding::keep_all(db, act, &may, &file("THIRD")).map(drop)));
        world.on_secrets(|db, act| adding::keep_all(db, act, &may, &file("SECOND"))).unwrap();
        world.site.clock.advance(hours(1));
        world.on_secrets(|db, act| removal::delete(db, act, &may, first.id)).unwrap();
        full(world.on_secrets(|db, act| adding::add(db, act, &may, &new("THIRD", "x")).map(drop)));
        let trash = world.in_europe(|db| removal::of_workspace(db, workspace, world.site.clock.now()));
        assert_eq!((trash.len(), trash[0].id), (999, first.id));
        world.on_secrets(|db, act| removal::restore(db, act, &may, first.id)).unwrap();
        world.site.clock.advance(days(30));
        world.run_jobs();
        world.secret(&may, "THIRD", "x");
    }

    async fn a_name_comes_back_or_is_taken_even_at_once(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let may = permit(ada.personal_workspace(), ada);
        for _ in 0..3 {
            let old = world.secret(&may, "API_KEY", "old");
            world.on_secrets(|db, act| removal::delete(db, act, &may, old.id)).unwrap();
            let count = std::sync::atomic::AtomicUsize::new(0);
            let made = fifty_at_once(|| {
                let is_add = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed).is_multiple_of(2);
                world.on_secrets(|db, act| {
                    if is_add {
                        adding::add(db, act, &may, &new("API_KEY", "new"))
                    } else {
                        removal::restore(db, act, &may, old.id)
                    }
                })
            });
            let refused = |one: &&Result<_, _>| matches!(one, Err(SecretError::Taken | SecretError::Gone));
            assert_eq!((made.iter().filter(|one| one.is_ok()).count(), made.iter().filter(refused).count()), (1, 49));
            let living = made.into_iter().find_map(Result::ok).unwrap();
            world.on_secrets(|db, act| removal::delete(db, act, &may, living.id)).unwrap();
        }
    }

    async fn a_new_value_is_a_new_version_and_an_old_one_can_be_had_back(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        let replace = |text: &str| world.on_secrets(|db, act| adding::replace(db, act, &may, made.id, &value(text)));
        assert_eq!(replace("second").unwrap(), 2);
        let now = || world.environment(workspace, None).remove(0).1;
        assert_eq!(now(), "second");
        let back = |version| world.on_secrets(|db, act| changing::roll_back(db, act, &may, made.id, version));
        back(1).unwrap();
        assert_eq!(now(), "first");
        assert_eq!(replace("third").unwrap(), 3, "no number is given twice");
        back(2).unwrap();
        assert_eq!(now(), "second");
        assert!(matches!(back(9), Err(SecretError::Gone)) && matches!(back(-1), Err(SecretError::Gone)));
        let last = world.in_europe(|db| keystead::secrets::uses::last_of_versions(db, made.id));
        assert_eq!(last.len(), 2, "version 3 was never fetched: {last:?}");
        let twenty = fifty_at_once(|| replace("again").unwrap());
        assert_eq!(twenty.iter().max(), Some(&53));
        let kept = world.in_europe(|db| versions::of(db, made.id));
        assert_eq!((kept.len(), kept[0].version, kept[19].version), (20, 53, 34));
        assert!(matches!(back(2), Err(SecretError::Gone)));
    }

    async fn nobody_else_changes_it(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let (ada, eve) = (world.id_of(&ada.username), world.id_of(&eve.username));
        let made = world.secret(&permit(ada.personal_workspace(), ada), "API_KEY", "first");
        let may = permit(eve.personal_workspace(), eve);
        let gone = |outcome: Result<(), SecretError>| assert!(matches!(outcome, Err(SecretError::Gone)));
        gone(world.on_secrets(|db, act| adding::replace(db, act, &may, made.id, &value("x")).map(drop)));
        gone(world.on_secrets(|db, act| changing::roll_back(db, act, &may, made.id, 1)));
        gone(world.on_secrets(|db, act| removal::delete(db, act, &may, made.id).map(drop)));
        gone(world.on_secrets(|db, act| removal::restore(db, act, &may, made.id).map(drop)));
        assert!(world.in_europe(|db| secret::one(db, eve.personal_workspace(), made.id)).is_none());
        assert_eq!(world.environment(ada.personal_workspace(), None).len(), 1);
    }

    async fn a_deleted_secret_reaches_no_job_and_comes_back_for_thirty_days(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        world.on_secrets(|db, act| adding::replace(db, act, &may, made.id, &value("second"))).unwrap();
        world.environment(workspace, None);
        let counted = world.in_europe(|db| removal::consequences(db, &world.act(), made.id));
        assert_eq!((counted.versions, counted.fetches, counted.jobs), (2, 1, vec![("train-17".to_owned(), 1)]));
        let delete = || world.on_secrets(|db, act| removal::delete(db, act, &may, made.id));
        delete().unwrap();
        assert!(matches!(delete(), Err(SecretError::Gone)));
        assert!(world.environment(workspace, None).is_empty());
        let other = world.secret(&may, "API_KEY", "other");
        let restore = || world.on_secrets(|db, act| removal::restore(db, act, &may, made.id));
        assert!(matches!(restore(), Err(SecretError::Taken)));
        world.on_secrets(|db, act| removal::delete(db, act, &may, other.id)).unwrap();
        world.site.clock.advance(days(29));
        world.run_jobs();
        restore().unwrap();
        assert_eq!(world.environment(workspace, None), [("API_KEY".to_owned(), "second".to_owned())]);
        world.site.clock.advance(days(1));
        world.run_jobs();
        let left = |db: &mut keystead::db::Db| Ok((
            rows::table.count().get_result::<i64>(db)?,
            secret_versions::table.count().get_result::<i64>(db)?,
            numbers::table.count().get_result::<i64>(db)?,
        ));
        assert_eq!(world.in_europe(left), (1, 2, 1), "the other one is erased with its number");
        delete().unwrap();
        world.site.clock.advance(days(30));
        assert!(matches!(restore(), Err(SecretError::Gone)));
        world.run_jobs();
        assert_eq!(world.in_europe(left), (0, 0, 0));
        assert_eq!(world.in_europe(|db| secret_uses::table.count().get_result::<i64>(db)), 0);
    }

    async fn whoever_changes_one_and_the_owners_are_told_without_the_value(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let team = world.organization("acme-labs", &ada);
        team.member(&eve, Role::Admin);
        let may = permit(team.id, world.id_of(&eve.username));
        let before = (world.inbox(&ada.email).len(), world.inbox(&eve.email).len());
        let made = world.secret(&may, "API_KEY", "canary-first");
        world.on_secrets(|db, act| adding::replace(db, act, &may, made.id, &value("canary-second"))).unwrap();
        world.on_secrets(|db, act| changing::roll_back(db, act, &may, made.id, 1)).unwrap();
        world.on_secrets(|db, act| removal::delete(db, act, &may, made.id)).unwrap();
        world.on_secrets(|db, act| removal::restore(db, act, &may, made.id)).unwrap();
        for (person, before) in [(&ada, before.0), (&eve, before.1)] {
            let told = world.inbox(&person.email).split_off(before);
            // Those of one instant are sent in any order.
            let mut subjects: Vec<&str> = told.iter().map(|mail| mail.subject.as_str()).collect();
            subjects.sort_unstable();
            let words = ["added", "deleted", "replaced", "restored", "rolled back"];
            assert_eq!(subjects, words.map(|word| format!("A secret was {word} at Keystead")));
            assert!(told.iter().all(|mail| mail.text.contains("API_KEY") && !mail.text.contains("canary")));
        }
    }

    async fn a_secret_that_ends_is_announced_three_times_and_then_kept_back(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let made = world.secret(&may, "API_KEY", "x");
        let ends = world.site.clock.now().plus(days(20));
        let change = Changed { description: String::new(), expires_at: Some(ends), projects: None };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        let announced = || world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("ends soon")).count();
        let mut told = Vec::new();
        for day in 0..20 {
            if announced() > told.len() {
                told.push(day);
            }
            world.site.clock.advance(days(1));
        }
        assert_eq!(told, [6, 13, 19]);
        assert!(world.environment(id.personal_workspace(), None).is_empty());
        let later = Changed { expires_at: Some(ends.plus(hours(1))), ..change };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &later)).unwrap();
        assert_eq!(world.environment(id.personal_workspace(), None).len(), 1);
        assert_eq!(announced(), 4);
    }

    async fn the_bytes_of_a_workspace_have_an_end_and_nothing_is_lost_at_it(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let large = "x".repeat(LARGEST);
        let fill = |name: &str, versions: usize| {
            let id = world.secret(&may, name, &large).id;
            for _ in 1..versions {
                world.on_secrets(|db, act| adding::replace(db, act, &may, id, &value(&large))).unwrap();
            }
            id
        };
        let first = fill("FIRST", 20);
        for n in 0..5 {
            fill(&format!("FULL_{n}"), 20);
        }
        fill("LAST", 7);
        let add = |text: &str| world.on_secrets(|db, act| adding::add(db, act, &may, &new("MORE", text)).map(drop));
        assert!(matches!(add(&large), Err(SecretError::TooLarge(false))));
        assert_eq!(world.environment(workspace, None).len(), 7, "nothing was added");
        let pasted = [(SecretName::parse("FIRST").unwrap(), value("small")), (SecretName::parse("MORE").unwrap(), value(&large))];
        let kept = world.on_secrets(|db, act| adding::keep_all(db, act, &may, &pasted).map(drop));
        // The version that the first of them lets go of makes room for the other.
        kept.unwrap();
        let last = world.in_europe(|db| secret::by_name(db, workspace))[&SecretName::parse("LAST").unwrap()];
        let replace = |text: &str| world.on_secrets(|db, act| adding::replace(db, act, &may, last, &value(text)).map(drop));
        assert!(matches!(replace(&large), Err(SecretError::TooLarge(false))));
        assert_eq!(world.in_europe(|db| secret::one(db, workspace, last)).unwrap().version, 7, "nor replaced");
        replace("small").unwrap();
        world.on_secrets(|db, act| removal::delete(db, act, &may, first)).unwrap();
        replace(&large).unwrap();
        fill("NEXT", 17);
        let back = world.on_secrets(|db, act| removal::restore(db, act, &may, first).map(drop));
        assert!(matches!(back, Err(SecretError::TooLarge(false))));
        assert_eq!(world.in_europe(|db| removal::of_workspace(db, workspace, world.site.clock.now())).len(), 1);
    }

    async fn old_lines_of_access_logs_go_however_many_there_are(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "x");
        world.environment(workspace, None);
        let line = world.in_europe(|db| uses::of(db, made.id, None, 1)).remove(0);
        world.in_europe(|db| {
            for _ in 0..1_200 {
                let row = uses::Use { id: world.act().id(), ..line.clone() };
                diesel::insert_into(secret_uses::table).values(&row).execute(db)?;
            }
            Ok(())
        });
        world.site.clock.advance(days(399));
        world.environment(workspace, None);
        let lines = || world.in_europe(|db| secret_uses::table.count().get_result::<i64>(db));
        world.run_jobs();
        assert_eq!(lines(), 1_202);
        world.site.clock.advance(days(1));
        world.run_jobs();
        assert_eq!(lines(), 1, "what is younger than 400 days stays");
    }

    async fn only_the_jobs_of_chosen_projects_get_a_restricted_one(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let (workspace, may) = (id.personal_workspace(), permit(id.personal_workspace(), id));
        let (vision, arm) = (world.project(&ada, "Vision"), world.project(&ada, "Arm"));
        let foreign = world.project(&world.person("eve-adler"), "Foreign");
        world.secret(&may, "FOR_ALL", "a");
        let made = world.secret(&may, "FOR_ONE", "b");
        let projects = Some(vec![vision.id, foreign.id]);
        let change = Changed { description: String::new(), expires_at: None, projects };
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        assert_eq!(world.in_europe(|db| secret::projects_of(db, made.id)), [vision.id], "no foreign one");
        let names = |project| -> Vec<String> {
            world.environment(workspace, project).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(Some(vision.id)), ["FOR_ALL", "FOR_ONE"]);
        assert_eq!((names(Some(arm.id)), names(None)), (vec!["FOR_ALL".to_owned()], vec!["FOR_ALL".to_owned()]));
        // A project that is erased does not open the secret to others.
        let edit = own(id).permit().unwrap();
        world.in_europe(|db| keystead::lifecycle::trash::delete(db, &world.act(), &edit, vision.id));
        world.site.clock.advance(days(30));
        world.run_jobs();
        assert_eq!(world.in_europe(|db| secret_projects::table.count().get_result::<i64>(db)), 0);
        assert_eq!((names(Some(arm.id)), names(None)), (vec!["FOR_ALL".to_owned()], vec!["FOR_ALL".to_owned()]));
        world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &Changed { projects: None, ..change.clone() })).unwrap();
        assert_eq!(names(None), ["FOR_ALL", "FOR_ONE"]);
    }

    async fn the_list_is_by_name_and_searched_by_words(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        for (name, description) in [("S3_KEY", "Bucket of 100%"), ("API_KEY", "For the Hub"), ("OTHER", "")] {
            let new = keystead::secrets::adding::NewSecret { description: description.to_owned(), ..new(name, "x") };
            world.on_secrets(|db, act| adding::add(db, act, &may, &new)).unwrap();
        }
        let found = |words: &str, after: Option<&str>| -> Vec<String> {
            let some = world.in_europe(|db| secret::of_workspace(db, workspace, words, after, 2));
            some.into_iter().map(|one| one.name.to_string()).collect()
        };
        assert_eq!((found("", None), found("", Some("OTHER"))), (vec!["API_KEY".into(), "OTHER".into()], vec!["S3_KEY".into()]));
        assert_eq!((found("key", None).len(), found("key hub", None)), (2, vec!["API_KEY".into()]));
        assert_eq!((found("100%", None), found("1%0", None)), (vec!["S3_KEY".to_owned()], Vec::new()));
        assert!(found("x", None).is_empty(), "values are not searched");
    }

    async fn a_reminder_goes_to_nobody_who_left(world: World) {
        let (ada, eve, vic) = (world.person("ada-marchetti"), world.person("eve-adler"), world.person("vic-moreau"));
        let team = world.organization("acme-labs", &ada);
        team.member(&eve, Role::Admin).member(&vic, Role::Admin);
        let expires_at = Some(world.site.clock.now().plus(days(20)));
        for (person, name) in [(&eve, "OF_EVE"), (&vic, "OF_VIC")] {
            let may = permit(team.id, world.id_of(&person.username));
            let made = world.secret(&may, name, "x");
            let change = Changed { description: String::new(), expires_at, projects: None };
            world.on_secrets(|db, act| changing::save(db, act, &may, made.id, &change)).unwrap();
        }
        let (act, owners, eve_id) = (world.act(), team.owners().permit().unwrap(), world.id_of(&eve.username));
        world.region(team.region).write_now(|db| members::remove(db, &act, &owners, eve_id)).unwrap();
        world.site.clock.advance(days(7));
        let told = [&ada, &eve, &vic].map(|person| {
            world.inbox(&person.email).iter().filter(|mail| mail.subject.contains("ends soon")).count()
        });
        assert_eq!(told, [2, 0, 1]);
    }
}
