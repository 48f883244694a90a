//! Leak drills: what is done by itself, what people say, and what never comes back.

use diesel::prelude::*;
use keystead::access::action::ChangeSecrets;
use keystead::access::{Permit, Role};
use keystead::db::schema::{leak_drills, leak_steps};
use keystead::kernel::id::{LeakDrillId, SecretId};
use keystead::kernel::time::{days, hours, seconds};
use keystead::projects::api_keys;
use keystead::projects::key_role::KeyRole;
use keystead::secrets::environment::LeftOut;
use keystead::secrets::leaks::{self, Progress, State, Step};
use keystead::secrets::{SecretError, adding, changing, removal};

use crate::on_both;
use crate::support::projects::{maker, named, stamp};
use crate::support::region::fifty_at_once;
use crate::support::secrets::{permit, value};
use crate::support::world::World;

fn opened(world: &World, may: &Permit<ChangeSecrets>, id: SecretId, is_withheld: bool) -> LeakDrillId {
    world.on_secrets(|db, act| leaks::open(db, act, may, id, is_withheld)).unwrap()
}

fn replace(world: &World, may: &Permit<ChangeSecrets>, id: SecretId, text: &str) {
    world.on_secrets(|db, act| adding::replace(db, act, may, id, &value(text))).unwrap();
}

fn progress(world: &World, may: &Permit<ChangeSecrets>, id: LeakDrillId) -> Progress {
    world.in_europe(|db| {
        let (drill, secret) = leaks::one(db, may.workspace, id)?.unwrap();
        leaks::progress(db, &drill, &secret, world.site.clock.now())
    })
}

fn mark(
    world: &World,
    may: &Permit<ChangeSecrets>,
    id: LeakDrillId,
    step: Step,
    note: Option<&str>,
) -> Result<(), SecretError> {
    world.on_secrets(|db, act| leaks::mark(db, act, may, id, step, note))
}

on_both! {
    async fn a_version_that_leaked_is_never_given_to_jobs_again(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        let drill = opened(world, &may, made.id, false);
        assert_eq!(opened(world, &may, made.id, true), drill, "the one that is open");
        let is_leaked = || world.in_europe(|db| leaks::leaked(db, workspace)).contains(&made.id);
        assert!(is_leaked() && world.environment(workspace, None).len() == 1, "jobs go on getting it");
        world.site.clock.advance(seconds(1));
        replace(world, &may, made.id, "second");
        assert!(!is_leaked());
        let back = |version| world.on_secrets(|db, act| changing::roll_back(db, act, &may, made.id, version));
        assert!(matches!(back(1), Err(SecretError::Leaked)));
        replace(world, &may, made.id, "third");
        back(2).unwrap();
        let close = |reason: &str, is_false_alarm| {
            world.on_secrets(|db, act| leaks::close(db, act, &may, drill, reason, is_false_alarm))
        };
        assert!(matches!(close("", false), Err(SecretError::Unfinished)));
        assert!(matches!(close("", true), Err(SecretError::Unfinished)));
        close("The repository was private", false).unwrap();
        assert!(matches!(back(1), Err(SecretError::Leaked)), "also when the drill is closed");
        assert!(matches!(close("again", false), Err(SecretError::Gone)));
        assert_eq!(world.environment(workspace, None)[0].1, "second");
        let all = world.in_europe(|db| leaks::of_secret(db, made.id));
        assert_eq!((all.len(), all[0].closed_by, all[0].reason.as_str()), (1, Some(ada), "The repository was private"));
    }

    async fn a_false_alarm_gives_the_version_back(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        let drill = opened(world, &may, made.id, true);
        assert!(world.environment(workspace, None).is_empty());
        replace(world, &may, made.id, "second");
        world.on_secrets(|db, act| leaks::close(db, act, &may, drill, "Another key", true)).unwrap();
        world.on_secrets(|db, act| changing::roll_back(db, act, &may, made.id, 1)).unwrap();
        assert_eq!(world.environment(workspace, None)[0].1, "first");
        assert!(world.in_europe(|db| leaks::leaked(db, workspace)).is_empty());
        assert_ne!(opened(world, &may, made.id, false), drill, "it may leak after all");
    }

    async fn jobs_get_it_or_not_as_somebody_chose(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        world.secret(&may, "OTHER", "other");
        let drill = opened(world, &may, made.id, true);
        let all = world.fetched(&world.job(workspace, None, false)).unwrap();
        assert_eq!(all.left_out, [("API_KEY".to_owned(), LeftOut::Leaked)]);
        assert_eq!(all.variables.len(), 1);
        let withhold = |is| world.on_secrets(|db, act| leaks::withhold(db, act, &may, drill, is)).unwrap();
        withhold(false);
        assert_eq!(world.environment(workspace, None).len(), 2);
        withhold(true);
        assert_eq!(world.environment(workspace, None).len(), 1);
        replace(world, &may, made.id, "second");
        assert_eq!(world.environment(workspace, None)[0], ("API_KEY".to_owned(), "second".to_owned()));
    }

    async fn steps_are_done_by_who_says_so_or_by_themselves(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let project = world.project(&ada, "Gripper Vision");
        let [rotated, revoked, later] = ["rotated", "revoked", "later"].map(|name| named(name, KeyRole::ReadOnly));
        let (rotated, revoked) = (world.key(&project, &rotated), world.key(&project, &revoked));
        let made = world.secret(&may, "API_KEY", "first");
        let drill = opened(world, &may, made.id, false);
        world.site.clock.advance(hours(1));
        world.key(&project, &later);
        let states = || -> Vec<State> {
            let keys = progress(world, &may, drill).keys;
            assert_eq!(keys.len(), 2);
            let state = |id| keys.iter().find(|key| key.id == id).unwrap().state;
            vec![state(rotated.id), state(revoked.id)]
        };
        assert_eq!(states(), [State::Live, State::Live], "one that was made later cannot be known");
        assert!(matches!(mark(world, &may, drill, Step::Replace, Some("x")), Err(SecretError::Gone)));
        mark(world, &may, drill, Step::Revoke, Some("At the provider")).unwrap();
        mark(world, &may, drill, Step::Revoke, Some("Twice")).unwrap();
        mark(world, &may, drill, Step::Check, Some("")).unwrap();
        let now = progress(world, &may, drill);
        let first = now.mark(Step::Revoke).unwrap();
        assert_eq!((first.note.as_str(), first.done_by, first.done_at), ("At the provider", Some(id), world.site.clock.now()));
        assert_eq!(now.done(), 2);
        mark(world, &may, drill, Step::Check, None).unwrap();
        assert_eq!(progress(world, &may, drill).done(), 1);
        mark(world, &may, drill, Step::Check, Some("Nothing")).unwrap();
        let of = maker(&project, Role::Owner);
        world.on_keys(|db, act| api_keys::rotate(db, act, &of, &stamp(), rotated.id, 7)).unwrap();
        world.on_keys(|db, act| api_keys::revoke(db, act, &of, revoked.id)).unwrap();
        assert_eq!(states(), [State::Rotated, State::Revoked]);
        assert!(!progress(world, &may, drill).is_all_done());
        replace(world, &may, made.id, "second");
        let now = progress(world, &may, drill);
        assert_eq!(now.replacement.as_ref().map(|one| (one.version, one.made_by)), Some((2, Some(id))));
        assert!(now.is_all_done());
        world.on_secrets(|db, act| leaks::close(db, act, &may, drill, "", false)).unwrap();
        assert!(matches!(mark(world, &may, drill, Step::Check, None), Err(SecretError::Gone)), "a record stays as it is");
    }

    async fn where_it_was_used_is_told_by_job_and_address_of_that_version_alone(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "first");
        world.environment(workspace, None);
        replace(world, &may, made.id, "second");
        let first = world.site.clock.now();
        for _ in 0..3 {
            world.environment(workspace, None);
            world.site.clock.advance(days(1));
        }
        let places = world.in_europe(|db| leaks::of_version(db, made.id, 2));
        assert_eq!((places.fetches, places.all.len(), places.has_more), (3, 1, false));
        let place = &places.all[0];
        assert_eq!((place.job.as_str(), place.times, place.first, place.last), ("train-17", 3, first, first.plus(days(2))));
    }

    async fn owners_and_admins_are_told_and_the_record_is_erased_with_the_secret(world: World) {
        let (ada, eve, vic) = (world.person("ada-marchetti"), world.person("eve-adler"), world.person("vic-moreau"));
        let team = world.organization("acme-labs", &ada);
        team.member(&eve, Role::Admin).member(&vic, Role::Editor);
        let may = permit(team.id, world.id_of(&eve.username));
        let made = world.secret(&may, "API_KEY", "canary-first");
        let before = [&ada, &eve, &vic].map(|person| world.inbox(&person.email).len());
        let drill = opened(world, &may, made.id, true);
        mark(world, &may, drill, Step::Check, Some("a note")).unwrap();
        world.on_secrets(|db, act| leaks::withhold(db, act, &may, drill, false)).unwrap();
        world.on_secrets(|db, act| leaks::close(db, act, &may, drill, "a reason", false)).unwrap();
        for (person, before, told) in [(&ada, before[0], 3), (&eve, before[1], 3), (&vic, before[2], 0)] {
            let mails = world.inbox(&person.email).split_off(before);
            assert_eq!(mails.len(), told);
            for mail in mails {
                assert!(mail.text.contains("API_KEY") && mail.text.contains(&format!("/acme-labs/settings/secrets/leaks/{drill}")), "{}", mail.text);
                assert!(!mail.text.contains("canary") && !mail.text.contains("a note") && !mail.text.contains("a reason"));
            }
        }
        world.on_secrets(|db, act| removal::delete(db, act, &may, made.id)).unwrap();
        assert!(progress(world, &may, drill).is_done(Step::Replace), "no job gets it any more");
        world.site.clock.advance(days(30));
        world.run_jobs();
        let left = |db: &mut keystead::db::Db| Ok((
            leak_drills::table.count().get_result::<i64>(db)?,
            leak_steps::table.count().get_result::<i64>(db)?,
        ));
        assert_eq!(world.in_europe(left), (0, 0));
    }

    async fn of_fifty_who_mark_it_at_once_all_get_to_one_drill(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let may = permit(ada.personal_workspace(), ada);
        let made = world.secret(&may, "API_KEY", "first");
        let mut drills = fifty_at_once(|| opened(world, &may, made.id, false));
        drills.dedup();
        assert_eq!(drills.len(), 1);
        fifty_at_once(|| mark(world, &may, drills[0], Step::Check, Some("x")).unwrap());
        assert_eq!(progress(world, &may, drills[0]).marks.len(), 1);
    }

    async fn nobody_elses_drill_is_found_or_changed(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let (ada, eve) = (world.id_of(&ada.username), world.id_of(&eve.username));
        let own = permit(ada.personal_workspace(), ada);
        let made = world.secret(&own, "API_KEY", "first");
        let drill = opened(world, &own, made.id, false);
        let may = permit(eve.personal_workspace(), eve);
        let gone = |outcome: Result<(), SecretError>| assert!(matches!(outcome, Err(SecretError::Gone)));
        gone(world.on_secrets(|db, act| leaks::open(db, act, &may, made.id, true).map(drop)));
        gone(mark(world, &may, drill, Step::Check, Some("x")));
        gone(world.on_secrets(|db, act| leaks::withhold(db, act, &may, drill, true)));
        gone(world.on_secrets(|db, act| leaks::close(db, act, &may, drill, "x", true)));
        assert!(world.in_europe(|db| leaks::one(db, eve.personal_workspace(), drill)).is_none());
    }
}
