//! Every call of every dialect, with every credential that somebody of an organization can hold.

use keystead::access::{Membership, Role};
use keystead::api::{self, studio};
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::key_role::{KeyAction, KeyRole};
use keystead::workspaces::numbers;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Cast, TEAM, Things, allowed, variable};
use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::projects::{named, own, stamp};
use crate::support::world::World;

/// What a call asks of a person's tool, or of the program that makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asks {
    /// Of nobody anything.
    Nothing,
    /// To be somebody's tool: it is about that person.
    Person,
    /// This of the matrix, where the call is about.
    Role(&'static str),
    /// A workspace's key.
    WorkspaceKey,
    /// No tool of a person does.
    Other,
}

use Asks::{Nothing, Other, Person, WorkspaceKey};
use KeyAction::{AddData, ChangeSettings, ManageKeys, ReadData};

const SEE: Asks = Asks::Role("See");
const MANAGE_KEYS: Asks = Asks::Role("ManageKeys");
const MANAGE_MEMBERS: Asks = Asks::Role("ManageMembers");
const CHANGE_SECRETS: Asks = Asks::Role("ChangeSecrets");
const EDIT_PROJECTS: Asks = Asks::Role("EditProjects");

const ENVIRONMENT: &str = "/platform/v1/environment";

/// Each call: what it asks of people's tools, and what a project's key must be allowed, if one may make it at all.
const ASKS: &[(&str, &str, Asks, Option<KeyAction>)] = &[
    ("get", "/healthz", Nothing, None),
    ("get", "/readyz", Nothing, None),
    ("get", "/api/account/summary", WorkspaceKey, None),
    ("get", "/api/api-keys", WorkspaceKey, None),
    ("get", "/api/storage", WorkspaceKey, None),
    ("get", "/api/users", WorkspaceKey, None),
    ("patch", "/api/users", WorkspaceKey, None),
    ("post", "/api/{category}/files", Other, Some(AddData)),
    ("post", "/api/{category}/data", Other, Some(AddData)),
    // These are for the platform's own programs, each with a service token.
    ("post", "/platform/v1/usage/events", Other, None),
    ("post", "/platform/v1/keys/verify", Other, None),
    ("post", "/platform/v1/sessions/introspect", Other, None),
    ("post", "/platform/v1/artifacts", Other, None),
    ("patch", "/platform/v1/artifacts/{id}", Other, None),
    ("delete", "/platform/v1/artifacts/{id}", Other, None),
    ("post", "/platform/v1/environment-tokens", Other, None),
    // A job's, with the token that was made for it; by hand, of whoever may add secrets.
    ("get", ENVIRONMENT, CHANGE_SECRETS, None),
    ("post", "/oauth/device_authorization", Nothing, None),
    ("post", "/oauth/token", Nothing, None),
    ("post", "/oauth/revoke", Nothing, None),
    ("post", "/v1/api-login", Nothing, None),
    ("get", "/v1/api-user-need-to-set-password/{login}", Nothing, None),
    ("get", "/v1/api/user", Person, None),
    ("post", "/v1/api/user", Person, None),
    ("delete", "/v1/api/user", Person, None),
    ("post", "/v1/api/user/photo", Person, None),
    ("delete", "/v1/api/user/photo", Person, None),
    ("post", "/v1/api/user/change-password", Person, None),
    ("post", "/v1/api/user/mfa/totp/create-key", Person, None),
    ("post", "/v1/api/user/mfa/totp/set-key", Person, None),
    ("post", "/v1/api/user/mfa/totp/clear", Person, None),
    ("get", "/v1/api/user/subscription/metrics", Person, None),
    ("get", "/v1/api/projects", Person, Some(ReadData)),
    ("post", "/v1/api/projects/create", Person, None),
    ("get", "/v1/api/projects/api-key-info", Other, Some(ReadData)),
    ("get", "/v1/api/organizations", Person, None),
    ("get", "/v1/api/organizations/{organization:[0-9]+}", SEE, None),
    ("post", "/v1/api/organizations/{organization:[0-9]+}/members/add", MANAGE_MEMBERS, None),
    ("post", "/v1/api/organizations/{organization:[0-9]+}/members/invite", MANAGE_MEMBERS, None),
    ("post", "/v1/api/organizations/{organization:[0-9]+}/members/remove", MANAGE_MEMBERS, None),
    ("post", "/v1/api/organizations/{organization:[0-9]+}/members/{member:[0-9]+}/role", MANAGE_MEMBERS, None),
    ("get", "/v1/api/organizations/{organization:[0-9]+}/secrets", Asks::Role("SeeSecrets"), None),
    ("post", "/v1/api/organizations/{organization:[0-9]+}/secrets", CHANGE_SECRETS, None),
    ("delete", "/v1/api/organizations/{organization:[0-9]+}/secrets/{secret:[0-9]+}", CHANGE_SECRETS, None),
    ("get", "/v1/api/{project:[0-9]+}", SEE, Some(ReadData)),
    ("post", "/v1/api/{project:[0-9]+}", EDIT_PROJECTS, Some(ChangeSettings)),
    ("get", "/v1/api/{project:[0-9]+}/apikeys", SEE, Some(ManageKeys)),
    ("post", "/v1/api/{project:[0-9]+}/apikeys", MANAGE_KEYS, Some(ManageKeys)),
    ("delete", "/v1/api/{project:[0-9]+}/apikeys/{key:[0-9]+}", MANAGE_KEYS, Some(ManageKeys)),
    // Their values are another question: see the tests of keys.
    ("get", "/v1/api/{project:[0-9]+}/hmackeys", SEE, Some(ManageKeys)),
    ("post", "/v1/api/{project:[0-9]+}/hmackeys", MANAGE_KEYS, Some(ManageKeys)),
    ("delete", "/v1/api/{project:[0-9]+}/hmackeys/{key:[0-9]+}", MANAGE_KEYS, Some(ManageKeys)),
    ("get", "/v1/api/{project:[0-9]+}/devkeys", SEE, Some(ReadData)),
    ("get", "/v1/api/{project:[0-9]+}/devkeys/hmac", SEE, Some(ReadData)),
    // Last: after it nothing of the project can be asked.
    ("delete", "/v1/api/{project:[0-9]+}", EDIT_PROJECTS, None),
];

pub fn asks_for(action: &str) -> bool {
    ASKS.iter().any(|(_, _, asks, _)| matches!(asks, Asks::Role(asked) if *asked == action))
}

/// A credential, by what it is worth.
enum With {
    Nothing,
    /// A browser in which an Owner is signed in: no API reads its session.
    Browser(Box<Client>),
    /// A person's tool, by their role in the organization.
    Tool(String, Option<Role>),
    Key(String, KeyRole),
    /// With full access, to another project of the same workspace.
    KeyElsewhere(String),
    /// A workspace's, of a person or an organization.
    WorkspaceKey(String, Of),
    /// A key whose maker may no longer have one like it.
    Dead(String),
}

enum Of {
    Person,
    Organization,
}

/// `Ok`: it comes through. Else the status of the refusal.
fn expected(method: &str, path: &str, asks: Asks, action: Option<KeyAction>, with: &With) -> Result<(), u16> {
    // Ingestion knows no 403, and what is no credential in a dialect is none at all there.
    let not_allowed = if path.starts_with("/v1/") { 403 } else { 401 };
    if asks == Nothing {
        return Ok(());
    }
    if path == ENVIRONMENT {
        return environment(with);
    }
    match with {
        With::Tool(_, role) => match (asks, role) {
            (Person, _) => Ok(()),
            (Asks::Role(_), None) => Err(404),
            (Asks::Role(action), Some(role)) if allowed(action).contains(role) => Ok(()),
            _ => Err(not_allowed),
        },
        // Tools tell kinds of keys by this.
        With::Key(..) | With::KeyElsewhere(_) if path.starts_with("/v1/api/organizations") => Err(401),
        With::KeyElsewhere(_) if path.contains("{project") => Err(404),
        With::KeyElsewhere(_) => action.map(|_| ()).ok_or(not_allowed),
        With::Key(_, role) => action.filter(|action| role.may(*action)).map(|_| ()).ok_or(not_allowed),
        // Only people follow.
        With::WorkspaceKey(_, Of::Organization) if method == "patch" && path == "/api/users" => Err(403),
        With::WorkspaceKey(..) if asks == WorkspaceKey => Ok(()),
        With::Nothing | With::Browser(_) | With::Dead(_) | With::WorkspaceKey(..) => Err(401),
    }
}

/// Of the organization, by hand.
fn environment(with: &With) -> Result<(), u16> {
    match with {
        With::WorkspaceKey(_, Of::Organization) => Ok(()),
        With::Tool(..) | With::Key(..) | With::KeyElsewhere(_) | With::WorkspaceKey(..) => Err(403),
        With::Nothing | With::Browser(_) | With::Dead(_) => Err(401),
    }
}

/// One of those who call, and what there is for them to call about.
struct Caller {
    name: String,
    with: With,
    things: Things,
    /// The number of a member whom they may remove, if they may.
    victim: i64,
}

/// The numbers of the organization and of a member who only looks.
struct Numbers {
    organization: i64,
    viewer: i64,
}

impl Caller {
    fn address(&self, path: &str, numbers: &Numbers) -> String {
        let key = if path.contains("/hmackeys/") { self.things.hmac.1 } else { self.things.key.1 };
        let address = path
            .replace("{organization:[0-9]+}", &numbers.organization.to_string())
            .replace("{member:[0-9]+}", &numbers.viewer.to_string())
            .replace("{project:[0-9]+}", &self.things.project.number.to_string())
            .replace("{key:[0-9]+}", &key.to_string())
            .replace("{secret:[0-9]+}", &self.things.secret.1.to_string())
            .replace("{category}", "split")
            .replace("{login}", "somebody")
            .replace("{id}", "anything");
        assert!(!address.contains('{'), "{address}");
        match path {
            "/api/users" => format!("{address}?username=sten-s"),
            ENVIRONMENT => format!("{address}?workspace={TEAM}"),
            _ => address,
        }
    }

    fn body(&self, path: &str) -> Value {
        match path.rsplit('/').next().unwrap_or_default() {
            "add" => json!({"usernameOrEmail": format!("{}-a@example.com", self.name), "role": "guest"}),
            "invite" => json!({"email": format!("{}-i@example.com", self.name), "role": "guest"}),
            "remove" => json!({"id": self.victim}),
            "role" => json!({"role": "guest"}),
            "apikeys" => json!({"name": "made by call", "role": "readonly"}),
            "secrets" => json!({"name": variable(&format!("made by {}", self.name)), "value": "x"}),
            "hmackeys" => json!({"name": "made by call"}),
            "create" => json!({"projectName": "Made by call"}),
            "users" => json!({"username": "sten-s", "followed": true}),
            _ => json!({}),
        }
    }

    /// With the credential wherever a dialect may look for it.
    fn calling(&self, world: &World, method: &str, path: &str, numbers: &Numbers) -> RequestBuilder {
        let (method, address) = (method.to_uppercase().parse::<Method>().unwrap(), self.address(path, numbers));
        let anybody = world.visitor();
        let request = match &self.with {
            With::Nothing => anybody.request(method, &address),
            With::Browser(browser) => browser.request(method, &address),
            With::Tool(text, _) => anybody.request(method, &address).header("x-jwt-token", text).bearer_auth(text),
            With::Key(text, _) | With::KeyElsewhere(text) | With::WorkspaceKey(text, _) | With::Dead(text) => {
                anybody.request(method, &address).header("x-api-key", text).bearer_auth(text)
            }
        };
        let file = format!("{path} of {}", self.name);
        match path {
            "/api/{category}/files" => {
                request.multipart(Form::new().part("data", Part::bytes(file.into_bytes()).file_name("idle.csv")))
            }
            "/api/{category}/data" => request.header("x-file-name", "idle.csv").body(file),
            _ => request.json(&self.body(path)),
        }
    }
}

/// Everybody's credentials. Those who fall have made theirs, and used them, before they do.
async fn callers(world: &World, cast: &Cast<'_>) -> Vec<Caller> {
    let mut all = Vec::new();
    let browser = world.signed_in(&cast.all[0].person).await;
    for (name, with) in [("nobody", With::Nothing), ("browser", With::Browser(Box::new(browser)))] {
        all.push(Caller { name: name.to_owned(), with, things: cast.things(name).await, victim: 0 });
    }
    let made = |maker: &Maker, role: KeyRole| {
        world.on_keys(|db, act| api_keys::create(db, act, maker, &stamp(), &named("ci", role))).unwrap().value.reveal()
    };
    for one in &cast.all {
        let name = one.person.username.clone();
        let token = world.token(&one.person).await;
        assert_eq!(world.call(crate::studio_api::With::Token(&token), "get", "/v1/api/user").await.status, 200);
        let victim = match one.role {
            Some(role) if allowed("ManageMembers").contains(&role) => victim_of(world, cast, &name),
            _ => 0,
        };
        let things = cast.things(&name).await;
        if let Some(role) = one.was.filter(|was| one.role != Some(*was)) {
            let was = Membership { account: world.id_of(&name), role, ..cast.team.owners() };
            let of_project = Maker::in_project(&was.permit().unwrap(), &things.project).unwrap();
            let of_workspace = was.permit().ok().map(|permit| Maker::in_workspace(&permit));
            for (number, maker) in std::iter::once(of_project).chain(of_workspace).enumerate() {
                let (name, with) = (format!("{name}-key-{number}"), With::Dead(made(&maker, KeyRole::Admin)));
                all.push(Caller { things: cast.things(&name).await, name, with, victim: 0 });
            }
        }
        all.push(Caller { name, with: With::Tool(token, one.role), things, victim });
    }
    for role in KeyRole::ALL {
        let name = format!("key-{role}").replace('_', "-");
        let things = cast.things(&name).await;
        let key = world.key_of(&cast.team, &things.project, &named("ci", *role)).value;
        all.push(Caller { name, with: With::Key(key, *role), things, victim: 0 });
    }
    let elsewhere = cast.things("elsewhere").await;
    let key = world.key_of(&cast.team, &elsewhere.project, &named("ci", KeyRole::Admin));
    all.push(Caller {
        name: "key-elsewhere".to_owned(),
        with: With::KeyElsewhere(key.value),
        things: cast.things("here").await,
        victim: 0,
    });
    let person = own(world.id_of(&cast.all[0].person.username));
    for (name, of, membership) in [("team-key", Of::Organization, cast.team.owners()), ("own-key", Of::Person, person)]
    {
        let key = made(&Maker::in_workspace(&membership.permit().unwrap()), KeyRole::Admin);
        let with = With::WorkspaceKey(key, of);
        all.push(Caller { name: name.to_owned(), with, things: cast.things(name).await, victim: 0 });
    }
    cast.fall();
    all
}

/// The number of somebody who is in the organization only to be removed.
fn victim_of(world: &World, cast: &Cast<'_>, name: &str) -> i64 {
    let person = world.person(&format!("gone-{name}"));
    cast.team.member(&person, Role::Viewer);
    number_of(world, world.id_of(&person.username).as_str())
}

fn number_of(world: &World, id: &str) -> i64 {
    world.in_europe(|db| numbers::of(db, id))
}

/// Beside the status: what came through was done, where it could be.
fn is_good(path: &str, view: &View) -> bool {
    // What becomes of a person's password, photo and authenticator is another question.
    let is_about_oneself = path.starts_with("/v1/api/user") || path == "/v1/api-login";
    let is_program = path.starts_with("/oauth/") && view.status == 400;
    let is_done = || serde_json::from_str::<Value>(&view.html).is_ok_and(|answer| answer["success"] == true);
    is_program || view.status == 200 && (is_about_oneself || !path.starts_with("/v1/") || is_done())
}

#[test]
fn every_call_of_every_dialect_says_what_it_asks_for() {
    let all: Vec<(String, &str)> = api::calls().map(|(method, path)| (method.to_lowercase(), path)).collect();
    for (method, path) in &all {
        let is_asked = ASKS.iter().any(|(of_method, of_path, ..)| of_method == method && of_path == path);
        assert!(is_asked, "{method} {path} is not in ASKS");
    }
    assert_eq!(all.len(), ASKS.len(), "a call in ASKS is gone");
}

#[test]
fn the_studios_table_says_the_same_of_who_may_come() {
    for (who, method, path) in studio::TABLE {
        let (_, _, asks, action) = ASKS.iter().find(|one| one.0 == *method && one.1 == *path).unwrap();
        let expected = match (asks, action) {
            (Nothing, _) => "anybody",
            (Other, _) => "key",
            (_, None) => "tool",
            (_, Some(_)) => "either",
        };
        assert_eq!(*who, expected, "{method} {path}");
    }
}

on_both! {
    async fn every_call_answers_each_credential_as_the_matrix_says(world: World) {
        let cast = Cast::of(world);
        let callers = callers(world, &cast).await;
        let viewer = world.id_of("victor-v");
        let numbers = Numbers {
            organization: number_of(world, cast.team.id.as_str()),
            viewer: number_of(world, viewer.as_str()),
        };
        for (method, path, asks, action) in ASKS {
            for caller in &callers {
                let view = View::of(caller.calling(world, method, path, &numbers).send().await.unwrap()).await;
                let said = format!("{} at {method} {path}: {} {}", caller.name, view.status, view.html);
                match expected(method, path, *asks, *action, &caller.with) {
                    Ok(()) => assert!(is_good(path, &view), "{said}"),
                    Err(status) => assert_eq!(view.status, status, "{said}"),
                }
            }
        }
    }
}
