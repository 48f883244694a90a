//! Rows that somebody changed behind our back: noticed, told to the operator, and the others still served.

use diesel::prelude::*;
use keystead::crypto::keyring::{Keyring, OpenError};
use keystead::db::schema::{api_keys, secret_versions as rows, secrets};
use keystead::kernel::id::SecretId;
use keystead::kernel::region::Region;
use keystead::lifecycle::sealed::{self, Unreadable};
use keystead::projects::api_keys::NewKey;
use keystead::projects::key_role::KeyRole;
use keystead::secrets::environment::{LeftOut, PROJECT_KEY};
use keystead::secrets::versions;
use keystead::secrets::{SecretError, adding, changing};

use crate::on_both;
use crate::support::projects::named;
use crate::support::secrets::{permit, value};
use crate::support::world::World;

fn bytes_of(world: &World, id: SecretId, version: i64) -> Vec<u8> {
    world.in_europe(|db| rows::table.find((id, version)).select(rows::sealed).first(db))
}

fn put(world: &World, id: SecretId, version: i64, bytes: &[u8]) {
    world.in_europe(|db| diesel::update(rows::table.find((id, version))).set(rows::sealed.eq(bytes)).execute(db));
}

fn unreadable(world: &World, keyring: &Keyring) -> Vec<Unreadable> {
    let mut all = sealed::unreadable(world.region(Region::Eu), sealed::OF_REGION, keyring).unwrap();
    all.retain(|one| one.what.starts_with("the secret "));
    all
}

on_both! {
    async fn what_was_swapped_cut_or_changed_is_left_out_and_the_others_are_served(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made: Vec<SecretId> = ["A", "B", "C", "D", "E", "F"].map(|name| world.secret(&may, name, name).id).to_vec();
        world.on_secrets(|db, act| adding::replace(db, act, &may, made[4], &value("E2"))).unwrap();
        let (a, b) = (bytes_of(world, made[0], 1), bytes_of(world, made[1], 1));
        put(world, made[0], 1, &b);
        put(world, made[1], 1, &a);
        let c = bytes_of(world, made[2], 1);
        put(world, made[2], 1, &c[..c.len() - 1]);
        world.in_europe(|db| diesel::delete(rows::table.find((made[3], 1))).execute(db));
        // An older value in the place of a newer one.
        put(world, made[4], 2, &bytes_of(world, made[4], 1));
        crate::support::logged::keep();
        let all = world.fetched(&world.job(workspace, None, false)).unwrap();
        let served: Vec<&str> = all.variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(served, ["F"]);
        let left_out: Vec<(&str, LeftOut)> = all.left_out.iter().map(|(name, why)| (name.as_str(), *why)).collect();
        assert_eq!(left_out, ["A", "B", "C", "D", "E"].map(|name| (name, LeftOut::Unreadable)));
        let logged = |id: SecretId| crate::support::logged::of_request(id.as_str()).join("\n");
        for (id, why) in [(0, "changed or moved"), (2, "changed or moved"), (3, "its row is gone"), (4, "changed or moved")] {
            assert!(logged(made[id]).contains(why), "{}", logged(made[id]));
        }
        let doctor = unreadable(world, &world.site.keyring);
        assert_eq!(doctor.len(), 4, "{doctor:?}");
        assert_eq!(world.in_europe(versions::missing), [(made[3], 1)]);
    }

    async fn a_renamed_row_a_foreign_owner_and_a_missing_key_open_nothing(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let eve = world.id_of(&world.person("eve-adler").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let (renamed, stolen) = (world.secret(&may, "A", "a").id, world.secret(&may, "B", "b").id);
        let missing = unreadable(world, &Keyring::fixed(9));
        assert!(missing.iter().all(|one| matches!(one.why, OpenError::UnknownMasterKey(_))));
        assert_eq!(missing.len(), 2);
        world.in_europe(|db| {
            diesel::update(secrets::table.find(renamed)).set(secrets::name.eq("C")).execute(db)?;
            diesel::update(secrets::table.find(stolen)).set(secrets::workspace_id.eq(eve.personal_workspace())).execute(db)
        });
        for workspace in [workspace, eve.personal_workspace()] {
            let all = world.fetched(&world.job(workspace, None, false)).unwrap();
            assert!(all.variables.is_empty() && all.left_out.len() == 1);
        }
    }

    async fn nobody_rolls_back_to_what_does_not_open(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let may = permit(ada.personal_workspace(), ada);
        let id = world.secret(&may, "A", "a").id;
        world.on_secrets(|db, act| adding::replace(db, act, &may, id, &value("b"))).unwrap();
        put(world, id, 1, b"short");
        let back = world.on_secrets(|db, act| changing::roll_back(db, act, &may, id, 1));
        assert!(matches!(back, Err(SecretError::Unreadable)));
        assert_eq!(world.environment(ada.personal_workspace(), None), [("A".to_owned(), "b".to_owned())]);
    }

    async fn a_development_key_that_does_not_open_is_named_among_what_is_left_out(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let workspace = id.personal_workspace();
        let project = world.project(&ada, "Vision");
        let key = world.key(&project, &NewKey { is_development: true, ..named("dev", KeyRole::Admin) });
        world.secret(&permit(workspace, id), "A", "a");
        let stored = || api_keys::table.find(key.id);
        let sealed: Option<Vec<u8>> = world.in_europe(|db| stored().select(api_keys::sealed).first(db));
        let mut spoilt = sealed.unwrap();
        *spoilt.last_mut().unwrap() ^= 1;
        crate::support::logged::keep();
        for (spoilt, why) in [(Some(spoilt), "changed or moved"), (None, "its value is gone")] {
            let put = |db: &mut keystead::db::Db| {
                diesel::update(stored()).set(api_keys::sealed.eq(spoilt.clone())).execute(db)
            };
            world.in_europe(put);
            let all = world.fetched(&world.job(workspace, Some(project.id), true)).unwrap();
            assert_eq!((all.variables.len(), all.project_key.is_some()), (1, false));
            assert_eq!(all.left_out, [(PROJECT_KEY.to_owned(), LeftOut::Unreadable)]);
            let logged = crate::support::logged::of_request(key.id.as_str()).join("\n");
            assert!(logged.contains(why) && !logged.contains(&key.value), "{logged}");
        }
        assert!(world.fetched(&world.job(workspace, Some(project.id), false)).unwrap().left_out.is_empty());
    }
}
