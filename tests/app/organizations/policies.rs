//! What an organization demands of its members and keys.

use keystead::access::Role;
use keystead::kernel::time::{days, minutes};
use keystead::projects::api_keys::{self, KeyError, Maker, NewKey, Refused, Verified};
use keystead::projects::key_role::KeyRole;

use crate::on_both;
use crate::support::markup::check_markup;
use crate::support::people::set_up_authenticator;
use crate::support::projects::{named, stamp};
use crate::support::world::World;

const PATH: &str = "/acme-labs/settings/policies";

fn shown(world: &World, key: &str, address: &str) -> Result<Verified, Refused> {
    let (digest, now) = (keystead::crypto::api_key::parse(key).unwrap().digest, world.site.clock.now());
    let address = Some(address.parse().unwrap());
    world.in_europe(|db| api_keys::verify(db, &digest, address, now))
}

on_both! {
    async fn keys_keep_to_the_networks_and_days_of_the_policy(world: World) {
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let project = team.project("Gripper Vision");
        let before = world.key_of(&team, &project, &named("before", KeyRole::IngestionOnly));
        let ada = world.signed_in(&owner).await;
        let form = ada.get(PATH).await.form("Save changes").fill("Longest lifetime of keys", "30");
        let form = form.fill("Networks that keys may be used from", "203.0.113.0/24");
        assert_eq!(ada.submit(&form).await.status, 303);
        assert!(shown(world, &before.value, "203.0.113.9").is_ok());
        assert_eq!(shown(world, &before.value, "198.51.100.9").unwrap_err(), Refused::Network);
        let maker = Maker::in_project(&team.owners().permit().unwrap(), &project).unwrap();
        let now = world.site.clock.now();
        for (ends, may) in [(None, false), (Some(31), false), (Some(30), true)] {
            let new = NewKey { expires_at: ends.map(|count| now.plus(days(count))), ..named("after", KeyRole::ReadOnly) };
            let made = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new));
            match made {
                Ok(_) => assert!(may, "{ends:?}"),
                Err(KeyError::TooLong(30)) => assert!(!may, "{ends:?}"),
                Err(error) => panic!("{ends:?}: {error}"),
            }
        }
        let next = world.on_keys(|db, act| api_keys::rotate(db, act, &maker, &stamp(), before.id, 1)).unwrap();
        let next = shown(world, &next.value.reveal(), "203.0.113.9").unwrap();
        assert_eq!(next.expires_at, Some(now.plus(days(30))));
    }

    async fn a_second_factor_is_required_after_saying_whom_that_shuts_out(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        world.organization("acme-labs", &owner).member(&bob, Role::Editor);
        let ada = world.signed_in(&owner).await;
        let page = ada.get(PATH).await;
        check_markup(PATH, &page.html);
        assert!(page.has("2 members:") && page.has("bob-b") && page.has("You are among them"), "{}", page.text());
        set_up_authenticator(world, &ada).await;
        let page = ada.get(PATH).await;
        assert!(page.has("1 member:") && !page.has("You are among them"), "{}", page.text());
        let saved = ada.submit(&page.form("Save changes").choose("requires_mfa", "yes")).await;
        assert_eq!(saved.location().as_deref(), Some(PATH), "{}", saved.text());
        let browser = world.signed_in(&bob).await;
        assert_eq!(browser.get("/acme-labs").await.location().as_deref(), Some("/settings/mfa"));
        assert!(browser.get("/settings/mfa").await.has("requires multi-factor authentication"));
        set_up_authenticator(world, &browser).await;
        assert_eq!(browser.get("/acme-labs").await.status, 200);
        assert!(ada.get(PATH).await.has("Nobody. Every member has set it up."));
    }

    async fn policies_are_refused_with_reasons_and_kept_as_typed(world: World) {
        let owner = world.person("ada-m");
        world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        for (days, networks, sentence) in [
            ("0", "", "Enter a number of days from 1 to 3,650, or nothing."),
            ("many", "", "Enter a number of days"),
            ("", "somewhere", "Line 1 is not an address or a network"),
        ] {
            let form = ada.get(PATH).await.form("Save changes");
            let form = form.fill("Longest lifetime of keys", days);
            let refused = ada.submit(&form.fill("Networks that keys may be used from", networks)).await;
            assert_eq!(refused.status, 422, "{days} {networks}");
            assert!(refused.has(sentence), "{}", refused.text());
            check_markup(PATH, &refused.html);
        }
        let form = ada.get(PATH).await.form("Save changes").fill("Longest lifetime of keys", "90");
        let form = form.fill("Networks that keys may be used from", "203.0.113.0/24\n2001:db8::/32");
        assert_eq!(ada.submit(&form).await.status, 303);
        assert_eq!(ada.get(PATH).await.attribute("#key_days", "value").as_deref(), Some("90"));
        assert_eq!(ada.submit(&form.clone().fill("Longest lifetime of keys", "30")).await.status, 409, "it was saved meanwhile");
        world.site.clock.advance(minutes(11));
        let form = ada.get(PATH).await.form("Save changes").fill("Longest lifetime of keys", "30");
        let asked = ada.submit(&form).await;
        assert!(ada.follow(asked).await.has("Confirm it is you"), "a fresh sign-in comes first");
        assert_eq!(ada.get(PATH).await.attribute("#key_days", "value").as_deref(), Some("90"));
    }
}
