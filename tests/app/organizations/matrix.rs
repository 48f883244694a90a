//! Every role on every page of an organization, held against the one table that says who may do what.

use keystead::access::Role;
use keystead::access::action::MATRIX;
use keystead::pages::TABLE;

use crate::on_both;
use crate::support::client::Client;
use crate::support::people::Person;
use crate::support::world::World;

/// What each route below a workspace asks for, by its name in the matrix.
const ASKS: &[(&str, &str, &str)] = &[
    ("get", "/{workspace}", "See"),
    ("get", "/{workspace}/settings", "See"),
    ("get", "/{workspace}/settings/profile", "See"),
    ("post", "/{workspace}/settings/profile", "EditOrganization"),
    ("get", "/{workspace}/settings/members", "See"),
    ("post", "/{workspace}/settings/members/invite", "ManageMembers"),
    ("post", "/{workspace}/settings/members/invitations", "ManageMembers"),
    ("get", "/{workspace}/settings/members/{account}", "See"),
    ("post", "/{workspace}/settings/members/{account}", "ManageMembers"),
    ("get", "/{workspace}/settings/policies", "ManagePolicies"),
    ("post", "/{workspace}/settings/policies", "ManagePolicies"),
    ("get", "/{workspace}/settings/delete", "DeleteOrganization"),
    ("post", "/{workspace}/settings/delete", "DeleteOrganization"),
    ("get", "/{workspace}/settings/billing", "See"),
    ("get", "/{workspace}/settings/billing/usage.csv", "See"),
    ("get", "/{workspace}/settings/billing/plan", "See"),
    ("get", "/{workspace}/new-project", "EditProjects"),
    ("post", "/{workspace}/new-project", "EditProjects"),
    ("get", "/{workspace}/trash", "See"),
    ("post", "/{workspace}/trash", "EditProjects"),
    ("get", "/{workspace}/settings/api-keys", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys/new", "ManageWorkspaceKeys"),
    ("post", "/{workspace}/settings/api-keys/new", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys/created", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys/{key}", "ManageWorkspaceKeys"),
    ("post", "/{workspace}/settings/api-keys/{key}", "ManageWorkspaceKeys"),
    ("post", "/{workspace}/settings/api-keys/{key}/restore", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys/{key}/rotate", "ManageWorkspaceKeys"),
    ("post", "/{workspace}/settings/api-keys/{key}/rotate", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys/{key}/revoke", "ManageWorkspaceKeys"),
    ("post", "/{workspace}/settings/api-keys/{key}/revoke", "ManageWorkspaceKeys"),
];

fn allowed(action: &str) -> &'static [Role] {
    MATRIX.iter().find(|(name, _)| *name == action).unwrap_or_else(|| panic!("no {action} in the matrix")).1
}

/// What a route answers, to a form that says nothing but where it came from.
async fn answer(browser: &Client, token: &str, method: &str, path: &str) -> u16 {
    if method == "get" {
        return browser.get(path).await.status;
    }
    browser.post(path, &[("form_token".to_owned(), token.to_owned())]).await.status
}

async fn token_of(browser: &Client) -> String {
    browser.get("/settings/account").await.form("Save changes").value("form_token").to_owned()
}

fn cast(world: &World) -> Vec<(Person, Option<Role>)> {
    let owner = world.person("olivia-o");
    let team = world.organization("acme-labs", &owner);
    let mut cast = vec![(owner, Some(Role::Owner))];
    for (name, role) in [("andrew-a", Role::Admin), ("edith-e", Role::Editor), ("victor-v", Role::Viewer)] {
        let person = world.person(name);
        team.member(&person, role);
        cast.push((person, Some(role)));
    }
    // Somebody with an organization of their own.
    let stranger = world.person("sten-s");
    world.organization("other-labs", &stranger);
    cast.push((stranger, None));
    cast
}

#[test]
fn every_route_of_a_workspace_says_what_it_asks_for() {
    let below: Vec<(&str, &str)> = TABLE
        .iter()
        .filter(|(_, _, path)| path.starts_with("/{workspace}") && !path.contains("{project}"))
        .map(|(_, method, path)| (*method, *path))
        .collect();
    for route in &below {
        assert!(ASKS.iter().any(|(method, path, _)| (*method, *path) == *route), "{route:?} is not in ASKS");
    }
    assert_eq!(below.len(), ASKS.len(), "a route in ASKS is gone");
}

on_both! {
    async fn every_role_gets_as_far_as_the_matrix_says_and_strangers_see_nothing(world: World) {
        let cast = cast(world);
        let (_, viewer) = world.account_of(&cast[3].0);
        for (person, role) in &cast {
            let browser = world.signed_in(person).await;
            let token = token_of(&browser).await;
            for (method, path, action) in ASKS {
                let path = path.replace("{workspace}", "acme-labs").replace("{account}", viewer.id.as_str());
                let status = answer(&browser, &token, method, &path).await;
                match role {
                    None => assert_eq!(status, 404, "a stranger at {method} {path}"),
                    Some(role) if allowed(action).contains(role) => {
                        assert!(status != 403 && status < 500, "{role} at {method} {path}: {status}");
                    }
                    Some(role) => assert_eq!(status, 403, "{role} at {method} {path}"),
                }
            }
        }
    }

    async fn a_demotion_counts_from_the_next_request(world: World) {
        let cast = cast(world);
        let (olivia, andrew) = (world.signed_in(&cast[0].0).await, world.signed_in(&cast[1].0).await);
        let members = "/acme-labs/settings/members";
        let form = andrew.get(members).await.form("Invite").fill("Email addresses", "new@example.com");
        let (_, account) = world.account_of(&cast[1].0);
        let page = olivia.get(&format!("{members}/{}", account.id)).await;
        let changed = olivia.submit(&page.form("Change role").choose("role", "editor")).await;
        assert_eq!(changed.status, 303, "{}", changed.text());
        assert_eq!(andrew.submit(&form).await.status, 403);
        assert!(!andrew.get(members).await.has("Invite people"));
        let page = olivia.get(&format!("{members}/{}", account.id)).await;
        olivia.submit(&page.form("Remove member")).await;
        assert_eq!(andrew.get(members).await.status, 404);
    }
}
