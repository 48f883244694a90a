//! HMAC keys: sealed, shown again to whoever may, at most one for development.

use diesel::prelude::*;
use keystead::access::Role;
use keystead::db::schema::hmac_keys as rows;
use keystead::kernel::id::HmacKeyId;
use keystead::kernel::region::Region;
use keystead::projects::api_keys::Maker;
use keystead::projects::hmac_keys::{self, HmacKeyError, NewHmacKey, OwnKey};
use keystead::projects::project::Project;
use zeroize::Zeroizing;

use crate::ingestion::scene;
use crate::on_both;
use crate::studio_api::With;
use crate::support::projects::maker;
use crate::support::region::fifty_at_once;
use crate::support::world::World;

fn make(world: &World, maker: &Maker, own: Option<&str>, is_development: bool) -> (HmacKeyId, String) {
    let own = || own.map(|own| OwnKey::parse(own).ok().unwrap());
    let new = NewHmacKey { name: "bench".to_owned(), is_development, own: own() };
    let act = world.act();
    let store = world.region(Region::Eu);
    let (id, _, value) = store.write_now(|db| hmac_keys::create(db, &act, maker, &new)).unwrap();
    (id, value.reveal())
}

fn development(world: &World, project: &Project) -> Option<String> {
    let keyring = &world.site.keyring;
    let found = world.region(Region::Eu).read_now(|db| hmac_keys::development(db, keyring, project.id)).unwrap();
    found.map(|(_, value)| value.reveal())
}

fn to_try(world: &World, project: &Project) -> Vec<(HmacKeyId, Zeroizing<String>)> {
    let store = world.region(Region::Eu);
    store.read_now(|db| hmac_keys::to_try(db, &world.site.keyring, project.id)).unwrap()
}

on_both! {
    async fn a_key_is_sealed_and_can_be_had_again(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        let (made, value) = make(world, &owner, None, false);
        assert!(value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit()));
        let (own, _) = make(world, &owner, Some("a-key-of-my-own!"), false);
        let sealed: Vec<Vec<u8>> = world.in_europe(|db| rows::table.select(rows::sealed).load(db));
        assert!(sealed.iter().all(|sealed| !String::from_utf8_lossy(sealed).contains(&value)));
        let act = world.act();
        let reveal = |id| world.region(Region::Eu)
            .write_now(|db| hmac_keys::reveal(db, &act, &owner, id)).unwrap().reveal();
        assert_eq!((reveal(made), reveal(own)), (value.clone(), "a-key-of-my-own!".to_owned()));
        let shown = world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("was looked at")).count();
        assert_eq!(shown, 2);
        let to_try = to_try(world, &project);
        assert_eq!(to_try.len(), 2);
        assert!(to_try.iter().any(|(id, text)| *id == made && **text == value));
    }

    async fn a_revoked_key_proves_nothing_and_cannot_be_read(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (owner, act) = (maker(&project, Role::Owner), world.act());
        let (id, _) = make(world, &owner, None, true);
        let store = world.region(Region::Eu);
        store.write_now(|db| hmac_keys::revoke(db, &act, &owner, id)).unwrap();
        let sealed: Vec<u8> = world.in_europe(|db| rows::table.find(id).select(rows::sealed).first(db));
        assert!(sealed.is_empty() && development(world, &project).is_none());
        assert!(to_try(world, &project).is_empty());
        let again = store.write_now(|db| hmac_keys::reveal(db, &act, &owner, id).map(|_| ()));
        assert!(matches!(again, Err(HmacKeyError::Gone)));
    }

    async fn of_fifty_keys_that_take_the_flag_at_once_one_has_it(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let owner = maker(&project, Role::Owner);
        let made = fifty_at_once(|| make(world, &owner, None, true).1);
        let flagged = rows::table.filter(rows::project_id.eq(project.id)).filter(rows::is_development.eq(true));
        assert_eq!(world.in_europe(|db| flagged.count().get_result::<i64>(db)), 1);
        assert!(made.contains(&development(world, &project).unwrap()));
        let new = NewHmacKey { name: "one more".to_owned(), is_development: false, own: None };
        let act = world.act();
        let store = world.region(Region::Eu);
        let more = store.write_now(|db| hmac_keys::create(db, &act, &owner, &new).map(|_| ()));
        assert!(matches!(more, Err(HmacKeyError::TooMany)));
    }

    async fn a_key_that_is_revoked_fifty_times_at_once_is_revoked_once(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (owner, act) = (maker(&project, Role::Owner), world.act());
        let (id, _) = make(world, &owner, None, false);
        let store = world.region(keystead::kernel::region::Region::Eu);
        let gone = fifty_at_once(|| store.write_now(|db| hmac_keys::revoke(db, &act, &owner, id).map(|_| ())));
        assert_eq!(gone.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(gone.iter().all(|one| matches!(one, Ok(()) | Err(HmacKeyError::Gone))), "{gone:?}");
        let told = world.inbox(&ada.email).iter().filter(|mail| mail.subject.contains("revoked")).count();
        assert_eq!(told, 1);
    }

    async fn the_flag_can_be_given_and_taken(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (owner, act) = (maker(&project, Role::Owner), world.act());
        let ((first, _), (second, value)) = (make(world, &owner, None, true), make(world, &owner, None, false));
        let set = |id, is| world.region(Region::Eu)
            .write_now(|db| hmac_keys::set_development(db, &act, &owner, id, is)).unwrap();
        set(second, true);
        assert_eq!(development(world, &project), Some(value));
        set(second, false);
        assert_eq!(development(world, &project), None);
        set(first, true);
        assert!(development(world, &project).is_some());
    }

    async fn a_key_that_does_not_open_is_not_a_key_that_is_not_there(world: World) {
        let scene = scene(world);
        let (project, id) = (&scene.project, scene.hmac);
        let (owner, act, token) = (maker(project, Role::Owner), world.act(), world.token(&scene.owner).await);
        let store = world.region(Region::Eu);
        store.write_now(|db| hmac_keys::set_development(db, &act, &owner, id, true)).unwrap();
        let calls = ["devkeys", "devkeys/hmac", "hmackeys"].map(|call| format!("/v1/api/{}/{call}", project.number));
        let sent = async || scene.data("a.csv", &[], b"0,1").await.status;
        for call in &calls {
            assert_eq!(world.call(With::Token(&token), "get", call).await.status, 200, "{call}");
        }
        assert_eq!(sent().await, 200);
        world.in_europe(|db| diesel::update(rows::table.find(id)).set(rows::sealed.eq(vec![7_u8; 80])).execute(db));
        let is_unreadable = |failed: Option<HmacKeyError>| matches!(failed, Some(HmacKeyError::Unreadable(of, _)) if of == id);
        assert!(is_unreadable(store.write_now(|db| hmac_keys::reveal(db, &act, &owner, id)).err()));
        assert!(is_unreadable(store.read_now(|db| hmac_keys::to_try(db, &world.site.keyring, project.id)).err()));
        for call in &calls {
            assert_eq!(world.call(With::Token(&token), "get", call).await.status, 503, "{call}");
        }
        // A signature that nobody can check is neither right nor wrong.
        assert_eq!(sent().await, 503);
        store.write_now(|db| hmac_keys::revoke(db, &act, &owner, id)).unwrap();
        assert_eq!(sent().await, 200);
        assert_eq!(world.call(With::Token(&token), "get", &calls[1]).await.good()["hmacKey"], "");
    }
}
