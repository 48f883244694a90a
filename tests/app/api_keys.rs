//! API keys: who may make which, and what time and other people do to them.

use diesel::prelude::*;
use keystead::access::Role;
use keystead::db::Db;
use keystead::db::schema::api_keys as rows;
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, hours, minutes};
use keystead::projects::api_keys::{self, Because, KeyError, MOST, Maker, NewKey, Refused, Verified};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Project;

use crate::on_both;
use crate::support::projects::{maker, named, own, stamp};
use crate::support::region::fifty_at_once;
use crate::support::world::World;

fn verified(world: &World, value: &str, address: &str) -> Result<Verified, Refused> {
    let parsed = keystead::crypto::api_key::parse(value).unwrap();
    let now = world.site.clock.now();
    let store = world.region(parsed.region);
    store.read_now(|db| api_keys::verify(db, &parsed.digest, address.parse().ok(), now)).unwrap()
}

fn development(world: &World, project: &Project) -> Option<String> {
    let act = world.act();
    let found = world.in_europe(|db| api_keys::development(db, &act, project.id));
    found.map(|opened| opened.unwrap().1.reveal())
}

on_both! {
    async fn a_key_is_verified_by_its_text_alone_and_tells_what_it_is(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::IngestionOnly));
        let found = verified(world, &key.value, "203.0.113.7").unwrap();
        assert_eq!((found.id, found.role, found.project), (key.id, KeyRole::IngestionOnly, Some(project.id)));
        assert_eq!(found.project_slug.as_deref(), Some("gripper-vision"));
        assert_eq!((found.workspace_name.as_str(), found.created_by), ("ada-marchetti", project.created_by));
        // Neither the table nor a mail has the value.
        let act = world.act();
        let kept: (String, Option<Vec<u8>>) =
            world.in_europe(|db| rows::table.find(key.id).select((rows::digest, rows::sealed)).first(db));
        assert!(!kept.0.contains(&key.value) && kept.1.is_none() && act.now > project.created_at.minus(days(1)));
        let mails = world.inbox(&ada.email);
        let told = mails.iter().find(|mail| mail.subject.contains("A new API key was created")).unwrap();
        assert!(told.text.contains("/ada-marchetti/gripper-vision/keys") && !told.text.contains(&key.value));
    }

    async fn nobody_makes_or_changes_a_key_above_their_own_rights(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let editor = maker(&project, Role::Editor);
        for role in KeyRole::ALL.iter().copied() {
            let made = world.on_keys(|db, act| api_keys::create(db, act, &editor, &stamp(), &named("x", role)));
            assert_eq!(made.is_ok(), role != KeyRole::Admin, "{role}");
        }
        let strong = world.key(&project, &named("strong", KeyRole::Admin));
        let renamed = world.on_keys(|db, act| api_keys::rename(db, act, &editor, strong.id, "mine"));
        assert!(matches!(renamed, Err(KeyError::AboveRights)));
        let revoked = world.on_keys(|db, act| api_keys::revoke(db, act, &editor, strong.id).map(|_| ()));
        assert!(matches!(revoked, Err(KeyError::AboveRights)));
        let rotated = world.on_keys(|db, act| api_keys::rotate(db, act, &editor, &stamp(), strong.id, 1).map(|_| ()));
        assert!(matches!(rotated, Err(KeyError::AboveRights)));
        assert!(verified(world, &strong.value, "").is_ok());
    }

    async fn a_key_of_another_project_is_none(world: World) {
        let ada = world.person("ada-marchetti");
        let (one, other) = (world.project(&ada, "One"), world.project(&ada, "Other"));
        let key = world.key(&one, &named("ci", KeyRole::ReadOnly));
        let elsewhere = maker(&other, Role::Owner);
        let revoked = world.on_keys(|db, act| api_keys::revoke(db, act, &elsewhere, key.id).map(|_| ()));
        assert!(matches!(revoked, Err(KeyError::Gone)));
        let eve = own(world.id_of(&world.person("eve-adler").username)).permit().unwrap();
        assert!(Maker::in_project(&eve, &one).is_none());
    }

    async fn networks_and_the_end_of_a_key_are_held(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let networks = Networks::parse("203.0.113.0/24 2001:db8::/32").unwrap();
        let expires_at = Some(world.site.clock.now().plus(days(90)));
        let key = world.key(&project, &NewKey { networks, expires_at, ..named("gateways", KeyRole::Admin) });
        assert!(verified(world, &key.value, "203.0.113.200").is_ok());
        assert!(verified(world, &key.value, "2001:db8::9").is_ok());
        assert_eq!(verified(world, &key.value, "198.51.100.1").err(), Some(Refused::Network));
        assert_eq!(verified(world, &key.value, "").err(), Some(Refused::Network));
        world.site.clock.advance(days(90));
        assert_eq!(verified(world, &key.value, "203.0.113.200").err(), Some(Refused::Expired));
    }

    async fn a_revoked_key_can_be_had_back_for_an_hour(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap();
        assert_eq!(verified(world, &key.value, "").err(), Some(Refused::Unknown));
        world.site.clock.advance(minutes(59));
        world.run_jobs();
        world.on_keys(|db, act| api_keys::restore(db, act, &owner, key.id)).unwrap();
        assert!(verified(world, &key.value, "").is_ok());
        // The first job comes and finds that it was taken back.
        world.site.clock.advance(minutes(2));
        world.run_jobs();
        assert!(verified(world, &key.value, "").is_ok());
        world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap();
        world.site.clock.advance(hours(1));
        world.run_jobs();
        let restored = world.on_keys(|db, act| api_keys::restore(db, act, &owner, key.id).map(|_| ()));
        assert!(matches!(restored, Err(KeyError::Gone)));
        assert!(world.in_europe(|db| api_keys::of_project(db, project.id)).is_empty());
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.contains("enabled again")));
    }

    async fn no_verification_succeeds_after_a_revocation_was_answered(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        let is_revoked = std::sync::atomic::AtomicBool::new(false);
        let late = std::thread::scope(|scope| {
            let askers: Vec<_> = (0..8).map(|_| scope.spawn(|| {
                let mut late = 0;
                for _ in 0..200 {
                    let was_revoked = is_revoked.load(std::sync::atomic::Ordering::SeqCst);
                    let is_let_in = verified(world, &key.value, "").is_ok();
                    late += usize::from(was_revoked && is_let_in);
                }
                (late, verified(world, &key.value, "").is_ok())
            })).collect();
            world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap();
            is_revoked.store(true, std::sync::atomic::Ordering::SeqCst);
            askers.into_iter().map(|asker| asker.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(late.iter().all(|(late, _)| *late == 0), "{late:?}");
        assert!(verified(world, &key.value, "").is_err());
    }

    async fn of_fifty_development_keys_made_at_once_one_remains(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        let new = NewKey { is_development: true, ..named("laptop", KeyRole::IngestionDeployment) };
        let made = fifty_at_once(|| {
            world.on_keys(|db, act| api_keys::create(db, act, &owner, &stamp(), &new)).unwrap().value.reveal()
        });
        let flagged = world.in_europe(|db| {
            let sealed = rows::table.filter(rows::project_id.eq(project.id)).filter(rows::sealed.is_not_null());
            let flagged = rows::table.filter(rows::project_id.eq(project.id)).filter(rows::is_development.eq(true));
            Ok((sealed.count().get_result::<i64>(db)?, flagged.count().get_result::<i64>(db)?))
        });
        assert_eq!(flagged, (1, 1));
        let value = development(world, &project).unwrap();
        assert!(made.contains(&value));
        assert!(made.iter().all(|value| verified(world, value, "").is_ok()), "losing the flag revokes nothing");
    }

    async fn a_key_that_is_rotated_fifty_times_at_once_has_one_successor(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        let outcomes = fifty_at_once(|| {
            world.on_keys(|db, act| api_keys::rotate(db, act, &owner, &stamp(), key.id, 7).map(|made| made.id))
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(KeyError::WasRotated))));
        assert_eq!(world.in_europe(|db| api_keys::of_project(db, project.id)).len(), 2);
    }

    async fn a_key_that_is_revoked_fifty_times_at_once_is_told_of_once(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        let ends = fifty_at_once(|| world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap().1);
        assert!(ends.iter().all(|end| *end == world.site.clock.now().plus(hours(1))));
        let mails = || world.inbox(&ada.email).iter().map(|mail| mail.subject.clone()).collect::<Vec<_>>();
        assert_eq!(mails().iter().filter(|subject| subject.contains("revoked")).count(), 1, "{:?}", mails());
        fifty_at_once(|| world.on_keys(|db, act| api_keys::restore(db, act, &owner, key.id)).unwrap());
        assert_eq!(mails().iter().filter(|subject| subject.contains("enabled again")).count(), 1, "{:?}", mails());
        assert!(verified(world, &key.value, "").is_ok());
    }

    /// Whoever takes the flag from one key never takes it from another that got it in the same instant.
    async fn a_flag_that_is_taken_while_another_key_gets_it_is_the_others(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        let new = |n: usize| NewKey { is_development: true, ..named(&format!("laptop-{n}"), KeyRole::Admin) };
        let mut first = world.key(&project, &new(0)).id;
        for round in 1..40 {
            let start = std::sync::Barrier::new(2);
            let made = std::thread::scope(|scope| {
                let unset = scope.spawn(|| {
                    start.wait();
                    world.on_keys(|db, act| api_keys::unset_development(db, act, &owner, first)).unwrap();
                });
                start.wait();
                let made = world.on_keys(|db, act| api_keys::create(db, act, &owner, &stamp(), &new(round))).unwrap();
                unset.join().unwrap();
                made
            });
            assert_eq!(development(world, &project), Some(made.value.reveal()), "round {round}");
            first = made.id;
        }
    }

    async fn a_development_key_is_readable_until_it_no_longer_is_one(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        assert_eq!(development(world, &project), None);
        let key = world.key(&project, &NewKey { is_development: true, ..named("laptop", KeyRole::Admin) });
        assert_eq!(development(world, &project).as_deref(), Some(key.value.as_str()));
        world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap();
        assert_eq!(development(world, &project), None);
        world.on_keys(|db, act| api_keys::restore(db, act, &owner, key.id)).unwrap();
        assert!(development(world, &project).is_some());
        let rotated = world.on_keys(|db, act| api_keys::rotate(db, act, &owner, &stamp(), key.id, 7)).unwrap();
        let successor = rotated.value.reveal();
        assert_eq!(development(world, &project).as_deref(), Some(successor.as_str()));
        world.on_keys(|db, act| api_keys::unset_development(db, act, &owner, rotated.id)).unwrap();
        assert_eq!(development(world, &project), None);
        assert!(verified(world, &successor, "").is_ok());
    }

    async fn a_rotated_key_lives_on_for_the_overlap_and_not_longer(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        let expires_at = Some(world.site.clock.now().plus(days(90)));
        let networks = Networks::parse("203.0.113.0/24").unwrap();
        let old = world.key(&project, &NewKey { expires_at, networks, ..named("ci", KeyRole::IngestionOnly) });
        world.site.clock.advance(days(60));
        let made = world.on_keys(|db, act| api_keys::rotate(db, act, &owner, &stamp(), old.id, 7)).unwrap();
        let again = world.on_keys(|db, act| api_keys::rotate(db, act, &owner, &stamp(), old.id, 7).map(|_| ()));
        assert!(matches!(again, Err(KeyError::WasRotated)));
        let value = made.value.reveal();
        let new = verified(world, &value, "203.0.113.9").unwrap();
        assert_eq!((new.role, new.name.as_str()), (KeyRole::IngestionOnly, "ci"));
        assert_eq!(new.expires_at, Some(world.site.clock.now().plus(days(90))));
        assert_eq!(verified(world, &value, "198.51.100.1").err(), Some(Refused::Network));
        let at_once = world.on_keys(|db, act| api_keys::rotate(db, act, &owner, &stamp(), made.id, 0)).unwrap();
        assert_eq!(verified(world, &value, "203.0.113.9").err(), Some(Refused::Expired));
        // Still used six days on: a mail a day before the end.
        let found = verified(world, &old.value, "203.0.113.9").unwrap();
        world.site.clock.advance(days(5));
        world.site.key_uses.note(Region::Eu, &found, world.site.clock.now(), None, "curl/8");
        world.site.key_uses.write(&world.site.regions).unwrap();
        world.site.clock.advance(hours(25));
        let still = world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("still used")).count();
        assert_eq!(still, 1);
        world.site.clock.advance(hours(24));
        assert_eq!(verified(world, &old.value, "203.0.113.9").err(), Some(Refused::Expired));
        assert!(verified(world, &at_once.value.reveal(), "203.0.113.9").is_ok());
    }

    async fn the_end_of_a_key_is_announced_three_times_and_then_it_leaves_the_list(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let expires_at = Some(world.site.clock.now().plus(days(30)));
        world.key(&project, &NewKey { expires_at, ..named("ci", KeyRole::Admin) });
        world.key(&project, &named("for ever", KeyRole::Admin));
        for _ in 0..31 {
            world.site.clock.advance(days(1));
            world.run_jobs();
        }
        let told = world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("ends soon")).count();
        assert_eq!(told, 3);
        assert_eq!(world.in_europe(|db| api_keys::of_project(db, project.id)).len(), 2);
        world.site.clock.advance(days(30));
        world.run_jobs();
        let left = world.in_europe(|db| api_keys::of_project(db, project.id));
        assert_eq!(left.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["for ever"]);
        assert!(left[0].is_unused(world.site.clock.now().plus(days(40))));
    }

    async fn keys_above_what_their_maker_may_are_disabled_and_somebody_else_answers_for_them(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (account, workspace) = (world.id_of(&ada.username), project.workspace_id);
        let keys = KeyRole::ALL.iter().map(|role| world.key(&project, &named(role.as_str(), *role))).collect::<Vec<_>>();
        let act = world.act();
        let change = |role| world.in_europe(|db| api_keys::maker_changed(db, &act, workspace, account, role));
        assert_eq!(change(Some(Role::Admin)), 0);
        assert_eq!(change(Some(Role::Editor)), 1);
        assert_eq!(change(Some(Role::Editor)), 0);
        assert!(verified(world, &keys[0].value, "").is_err() && verified(world, &keys[1].value, "").is_ok());
        assert_eq!(change(None), 3);
        assert!(keys.iter().all(|key| verified(world, &key.value, "").is_err()));
        let told = world.inbox(&ada.email);
        let disabled = |text: &str| {
            told.iter().any(|mail| mail.subject.contains("API keys were disabled") && mail.text.contains(text))
        };
        assert!(disabled("admin of") && disabled("readonly of"));
        let owner = maker(&project, Role::Owner);
        let restored = world.on_keys(|db, act| api_keys::restore(db, act, &owner, keys[3].id)).unwrap();
        assert_eq!(restored.disabled_because, Because::MakerLostRights);
        assert!(verified(world, &keys[3].value, "").is_ok());
    }

    async fn a_suspended_or_closed_persons_keys_are_refused(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let account = world.id_of(&ada.username);
        for status in ["suspended", "closing"] {
            world.in_europe(|db: &mut Db| {
                use keystead::db::schema::accounts;
                diesel::update(accounts::table.find(account)).set(accounts::status.eq(status)).execute(db)
            });
            assert_eq!(verified(world, &key.value, "").err(), Some(Refused::Unknown), "{status}");
        }
    }

    async fn a_last_use_is_written_with_where_and_by_what(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let found = verified(world, &key.value, "203.0.113.7").unwrap();
        let (noted, now) = (&world.site.key_uses, world.site.clock.now());
        noted.note(Region::Eu, &found, now, "203.0.113.7".parse().ok(), "curl/8\u{7}.11");
        noted.write(&world.site.regions).unwrap();
        let used = world.in_europe(|db| api_keys::one(db, project.workspace_id, Some(project.id), key.id)).unwrap();
        assert_eq!(used.last_used_at, Some(now));
        assert_eq!((used.last_used_address.as_str(), used.last_used_agent.as_str()), ("203.0.113.7", "curl/8.11"));
        // Within the minute it is not written again.
        let again = verified(world, &key.value, "").unwrap();
        noted.note(Region::Eu, &again, now.plus(minutes(1)).minus(std::time::Duration::from_secs(1)), None, "other");
        noted.write(&world.site.regions).unwrap();
        let used = world.in_europe(|db| api_keys::one(db, project.workspace_id, Some(project.id), key.id)).unwrap();
        assert_eq!(used.last_used_agent, "curl/8.11");
    }

    async fn a_place_has_no_more_keys_than_it_may(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let maker = maker(&project, Role::Owner);
        let new = named("one of many", KeyRole::ReadOnly);
        world.on_keys(|db, act| {
            (0..MOST).try_for_each(|_| api_keys::create(db, act, &maker, &stamp(), &new).map(drop))
        }).unwrap();
        let more = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new));
        assert!(matches!(more, Err(KeyError::TooMany)), "{:?}", more.err());
    }
}
