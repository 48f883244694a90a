//! The environment by hand: of whoever may add secrets, with a tool's token or a workspace's key.

use keystead::access::Role;
use keystead::db::{Db, DbError};
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, hours};
use keystead::projects::api_keys::{self, Maker, NewKey};
use keystead::projects::key_role::KeyRole;
use keystead::secrets::changing::{self, Changed};
use keystead::secrets::uses::{self, Use};
use keystead::sessions::session::{self, NewSession, SessionKind};
use keystead::workspaces::members;
use keystead::workspaces::organization::{self, Policies};
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::View;
use crate::support::people::Person;
use crate::support::projects::{named, own, stamp};
use crate::support::secrets::permit;
use crate::support::teams::Team;
use crate::support::world::World;

async fn fetch(world: &World, token: &str, query: &str) -> (u16, Value) {
    let request = world.visitor().request(Method::GET, &format!("/platform/v1/environment{query}"));
    let request = request.bearer_auth(token).header("user-agent", "keystead/0.1.0 (Linux; ada-laptop)");
    let view = View::of(request.send().await.unwrap()).await;
    (view.status, serde_json::from_str(&view.html).unwrap_or(Value::Null))
}

/// What is refused: the status and the words.
async fn refused(world: &World, token: &str, query: &str) -> (u16, String) {
    let (status, answer) = fetch(world, token, query).await;
    (status, answer["detail"].as_str().unwrap_or_else(|| panic!("{status} {answer}")).to_owned())
}

fn log(world: &World, secret: &keystead::secrets::Secret) -> Vec<Use> {
    let id = secret.id;
    world.in_europe(move |db| uses::of(db, id, None, 10))
}

/// The token of a program that this person allowed to sign in.
fn program(world: &World, person: &Person) -> String {
    let new = NewSession {
        account: world.id_of(&person.username),
        kind: SessionKind::Program,
        device: None,
        is_remembered: true,
        has_second_factor: false,
    };
    let act = world.act();
    let open = |db: &mut Db| session::open(db, &act, Region::Eu, &new);
    world.region(Region::Eu).write_now::<_, DbError>(open).unwrap().1.reveal()
}

fn team_key(world: &World, team: &Team<'_>, new: &NewKey) -> String {
    let maker = Maker::in_workspace(&team.owners().permit().unwrap());
    world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), new)).unwrap().value.reveal()
}

fn save_policies(world: &World, team: &Team<'_>, new: &Policies) {
    let (act, permit) = (world.act(), team.owners().permit().unwrap());
    let saved = world.region(Region::Eu).write_now(|db: &mut Db| {
        let now = members::hold(db, team.id)?;
        organization::save_policies(db, &act, &permit, now.revision, new)
    });
    assert!(saved.is_ok());
}

on_both! {
    async fn a_person_gets_their_own_and_each_fetch_is_on_record_with_who(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let (one, two) = (world.secret(&may, "API_KEY", "sk-1"), world.secret(&may, "OTHER", "x"));
        let token = program(world, &ada);
        let (status, answer) = fetch(world, &token, "").await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["variables"], json!({"API_KEY": "sk-1", "OTHER": "x"}));
        let (_, answer) = fetch(world, &token, "?only=API_KEY").await;
        assert_eq!(answer["variables"], json!({"API_KEY": "sk-1"}));
        assert_eq!((log(world, &one).len(), log(world, &two).len()), (2, 1), "only what was handed out");
        let line = &log(world, &one)[0];
        assert_eq!((line.job.as_str(), line.program.as_str()), ("keystead run", "Keystead on ada-laptop"));
        assert_eq!((line.account_id, line.key_name.as_deref()), (Some(id), None));
        let page = world.signed_in(&ada).await.get(&format!("/settings/secrets/{}", one.id)).await;
        assert!(page.has("keystead run by Ada Marchetti"), "{}", page.text());

        let (status, words) = refused(world, &token, "?only=API_KEY,NOT_THERE").await;
        assert!(status == 422 && words.contains("NOT_THERE"), "{status} {words}");
        assert_eq!(log(world, &one).len(), 2, "nothing was handed out, so nothing is on record");
        assert_eq!(refused(world, &token, "?only=PATH").await.0, 422);
        assert_eq!(refused(world, &token, "?project=nowhere").await, (404, "There is no project \"nowhere\" in this workspace.".to_owned()));
        assert_eq!(refused(world, &token, "?workspace=acme%27--").await.0, 404);
    }

    async fn of_an_organization_owners_and_admins_get_them_and_a_demotion_counts_from_the_next(world: World) {
        let people = ["ada-marchetti", "adam-a", "edna-e", "victor-v", "stranger-s"].map(|name| world.person(name));
        let [ada, adam, edna, victor, stranger] = &people;
        let team = world.organization("acme-labs", ada);
        team.member(adam, Role::Admin).member(edna, Role::Editor).member(victor, Role::Viewer);
        let secret = world.secret(&permit(team.id, world.id_of(&ada.username)), "API_KEY", "sk-1");
        let query = "?workspace=acme-labs";
        let token_of = async |person: &Person| program(world, person);
        for person in [ada, adam] {
            assert_eq!(fetch(world, &token_of(person).await, query).await.0, 200);
        }
        for person in [edna, victor] {
            let (status, words) = refused(world, &token_of(person).await, query).await;
            assert!(status == 403 && words.starts_with("Only Owners and Admins"), "{words}");
        }
        let nobody = refused(world, &token_of(stranger).await, query).await;
        assert_eq!(nobody, refused(world, &token_of(stranger).await, "?workspace=nowhere-at-all").await);
        assert_eq!(nobody.0, 404);
        let token = token_of(adam).await;
        let (act, owner) = (world.act(), team.owners().permit().unwrap());
        let account = world.id_of(&adam.username);
        let demoted = world.region(Region::Eu).write_now(|db: &mut Db| {
            keystead::lifecycle::members::change_role(db, &act, &owner, account, Role::Editor)
        });
        assert!(demoted.is_ok());
        assert_eq!(refused(world, &token, query).await.0, 403);
        assert_eq!(log(world, &secret).len(), 2);
    }

    async fn a_workspaces_key_gets_its_own_by_name_while_its_maker_may(world: World) {
        let ada = world.person("ada-marchetti");
        let team = world.organization("acme-labs", &ada);
        let id = world.id_of(&ada.username);
        let secret = world.secret(&permit(team.id, id), "API_KEY", "sk-1");
        let key = team_key(world, &team, &named("ci", KeyRole::Admin));
        for query in ["", "?workspace=acme-labs", "?format=env"] {
            assert_eq!(fetch(world, &key, query).await.0, 200, "{query}");
        }
        let line = &log(world, &secret)[0];
        assert_eq!((line.account_id, line.key_name.as_deref()), (Some(id), Some("ci")));
        let page = world.signed_in(&ada).await.get(&format!("/acme-labs/settings/secrets/{}", secret.id)).await;
        assert!(page.has("keystead run by the key ci of Ada Marchetti"), "{}", page.text());
        let foreign = refused(world, &key, "?workspace=ada-marchetti").await;
        assert_eq!(foreign, (403, "This key belongs to the workspace acme-labs.".to_owned()));
        let project = team.project("Vision");
        let of_project = world.key_of(&team, &project, &named("ci", KeyRole::Admin)).value;
        assert_eq!(refused(world, &of_project, "").await.0, 403);
        let short = team_key(world, &team, &NewKey {
            expires_at: Some(world.site.clock.now().plus(hours(1))), ..named("short", KeyRole::Admin)
        });
        world.site.clock.advance(hours(1));
        assert_eq!(refused(world, &short, "").await.0, 401);
        let damaged = format!("{}0", &key[..key.len() - 1]);
        assert_eq!(fetch(world, &damaged, "").await.0, 401);
    }

    async fn an_organizations_policies_hold(world: World) {
        let ada = world.person("ada-marchetti");
        let team = world.organization("acme-labs", &ada);
        world.secret(&permit(team.id, world.id_of(&ada.username)), "API_KEY", "sk-1");
        let (key, token) = (team_key(world, &team, &named("ci", KeyRole::Admin)), program(world, &ada));
        let query = "?workspace=acme-labs";
        let policies = |requires_mfa, networks: &str| Policies { requires_mfa, key_days: None, networks: networks.to_owned() };
        save_policies(world, &team, &policies(true, ""));
        for (credential, words) in [(&token, "multi-factor"), (&key, "multi-factor")] {
            let (status, told) = refused(world, credential, query).await;
            assert!(status == 403 && told.contains(words), "{told}");
        }
        save_policies(world, &team, &policies(false, "192.0.2.0/24"));
        for credential in [&token, &key] {
            let (status, told) = refused(world, credential, query).await;
            assert!(status == 403 && told.contains("network"), "{told}");
        }
        save_policies(world, &team, &policies(false, "127.0.0.0/8\n::1/128"));
        for credential in [&token, &key] {
            assert_eq!(fetch(world, credential, query).await.0, 200);
        }
        let suspend = format!("UPDATE organizations SET suspended_at = 1, suspended_because = 'spam' WHERE workspace_id = '{}'", team.id);
        world.in_europe(|db| {
            use diesel::prelude::*;
            keystead::on_each!(db, |c| diesel::sql_query(&suspend).execute(c))
        });
        assert_eq!(refused(world, &token, query).await, (403, "This organization is suspended.".to_owned()));
        assert_eq!(refused(world, &key, query).await.0, 401);
    }

    async fn projects_and_expiry_hold_as_for_jobs_and_a_token_that_ended_gets_nothing(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let project = world.project(&ada, "Gripper Vision");
        let (narrow, short) = (world.secret(&may, "NARROW", "n"), world.secret(&may, "SHORT", "s"));
        let change = |expires_at, projects| Changed { description: String::new(), expires_at, projects };
        let end = world.site.clock.now().plus(days(1));
        world.on_secrets(|db, act| changing::save(db, act, &may, narrow.id, &change(None, Some(vec![project.id])))).unwrap();
        world.on_secrets(|db, act| changing::save(db, act, &may, short.id, &change(Some(end), None))).unwrap();
        let token = program(world, &ada);
        assert_eq!(fetch(world, &token, "").await.1["variables"], json!({"SHORT": "s"}));
        let (_, answer) = fetch(world, &token, "?project=gripper-vision").await;
        assert_eq!(answer["variables"], json!({"NARROW": "n", "SHORT": "s"}));
        assert_eq!(refused(world, &token, "?only=NARROW").await.0, 422, "not without its project");
        world.site.clock.advance(days(1));
        let (_, answer) = fetch(world, &token, "").await;
        assert_eq!((&answer["variables"], &answer["left_out"]), (&json!({}), &json!([{"name": "SHORT", "reason": "expired"}])));
        let job = world.job(id.personal_workspace(), None, false);
        assert_eq!(refused(world, &job, "?only=SHORT").await.0, 422, "a job's token says what it gets");
        assert_eq!(fetch(world, &job, "").await.0, 200);
        world.in_europe(|db| keystead::sessions::session::end_others(db, id, None));
        assert_eq!(refused(world, &token, "").await.0, 401);
        assert!(own(id).permit::<keystead::access::action::ChangeSecrets>().is_ok());
    }
}
