//! Every page of an organization and of its projects, by everybody.

use keystead::pages::TABLE;

use super::{Cast, TEAM, Things, allowed};
use crate::on_both;
use crate::support::client::Client;

/// What each route below a workspace asks for, by its name in the matrix.
pub const ASKS: &[(&str, &str, &str)] = &[
    ("get", "/{workspace}", "See"),
    ("get", "/{workspace}/projects/all.csv", "See"),
    ("get", "/{workspace}/settings", "See"),
    ("get", "/{workspace}/settings/profile", "See"),
    ("post", "/{workspace}/settings/profile", "EditOrganization"),
    ("get", "/{workspace}/settings/members", "See"),
    ("get", "/{workspace}/settings/members.csv", "See"),
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
    ("get", "/{workspace}/trash/projects.csv", "See"),
    ("get", "/{workspace}/settings/secrets", "SeeSecrets"),
    ("get", "/{workspace}/settings/secrets.csv", "SeeSecrets"),
    ("post", "/{workspace}/settings/secrets/restore", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/new", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/new", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/paste", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/paste", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/review", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/review", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/{secret}", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/{secret}", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/{secret}/replace", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/{secret}/replace", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/{secret}/roll-back", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/{secret}/delete", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/{secret}/delete", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/{secret}/leak", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/{secret}/leak", "ChangeSecrets"),
    ("get", "/{workspace}/settings/secrets/leaks/{drill}", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/leaks/{drill}/step", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/leaks/{drill}/jobs", "ChangeSecrets"),
    ("post", "/{workspace}/settings/secrets/leaks/{drill}/close", "ChangeSecrets"),
    ("get", "/{workspace}/settings/api-keys", "ManageWorkspaceKeys"),
    ("get", "/{workspace}/settings/api-keys.csv", "ManageWorkspaceKeys"),
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
    ("get", "/{workspace}/{project}", "See"),
    ("get", "/{workspace}/{project}/data", "See"),
    ("get", "/{workspace}/{project}/data.csv", "See"),
    ("get", "/{workspace}/{project}/data/check", "See"),
    // It keeps and changes nothing.
    ("post", "/{workspace}/{project}/data/check", "See"),
    ("get", "/{workspace}/{project}/data/{sample}", "See"),
    ("post", "/{workspace}/{project}/data/{sample}", "SendSamples"),
    ("get", "/{workspace}/{project}/data/{sample}/file", "See"),
    ("get", "/{workspace}/{project}/data/{sample}/labels", "See"),
    ("get", "/{workspace}/{project}/data/{sample}/delete", "SendSamples"),
    ("post", "/{workspace}/{project}/data/{sample}/delete", "SendSamples"),
    ("get", "/{workspace}/{project}/artifacts", "See"),
    ("get", "/{workspace}/{project}/artifacts.csv", "See"),
    ("get", "/{workspace}/{project}/settings", "EditProjects"),
    ("post", "/{workspace}/{project}/settings", "EditProjects"),
    ("get", "/{workspace}/{project}/settings/delete", "EditProjects"),
    ("post", "/{workspace}/{project}/settings/delete", "EditProjects"),
    ("get", "/{workspace}/{project}/keys", "See"),
    ("get", "/{workspace}/{project}/keys.csv", "See"),
    ("get", "/{workspace}/{project}/hmac-keys.csv", "See"),
    ("post", "/{workspace}/{project}/keys/signing", "ManageKeys"),
    ("get", "/{workspace}/{project}/keys/new", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/new", "ManageKeys"),
    ("get", "/{workspace}/{project}/keys/created", "ManageKeys"),
    ("get", "/{workspace}/{project}/keys/{key}", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/{key}", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/{key}/ordinary", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/{key}/restore", "ManageKeys"),
    ("get", "/{workspace}/{project}/keys/{key}/rotate", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/{key}/rotate", "ManageKeys"),
    ("get", "/{workspace}/{project}/keys/{key}/revoke", "ManageKeys"),
    ("post", "/{workspace}/{project}/keys/{key}/revoke", "ManageKeys"),
    ("get", "/{workspace}/{project}/hmac-keys/new", "ManageKeys"),
    ("post", "/{workspace}/{project}/hmac-keys/new", "ManageKeys"),
    ("get", "/{workspace}/{project}/hmac-keys/{key}", "ManageKeys"),
    ("post", "/{workspace}/{project}/hmac-keys/{key}/show", "ManageKeys"),
    ("get", "/{workspace}/{project}/hmac-keys/{key}/value", "ManageKeys"),
    ("post", "/{workspace}/{project}/hmac-keys/{key}/flag", "ManageKeys"),
    ("get", "/{workspace}/{project}/hmac-keys/{key}/revoke", "ManageKeys"),
    ("post", "/{workspace}/{project}/hmac-keys/{key}/revoke", "ManageKeys"),
];

/// The address of a route: of this one's things, and of somebody who only looks.
pub fn path(route: &str, things: &Things, viewer: &str) -> String {
    let key = match route {
        route if route.contains("/hmac-keys/") => things.hmac.0.to_string(),
        route if route.contains("/settings/api-keys/") => things.workspace_key.to_string(),
        _ => things.key.0.to_string(),
    };
    route
        .replace("{workspace}", TEAM)
        .replace("{project}", &things.project.slug)
        .replace("{account}", viewer)
        .replace("{sample}", things.sample.as_str())
        .replace("{key}", &key)
        .replace("{secret}", things.secret.0.as_str())
        .replace("{drill}", things.drill.as_str())
}

/// What a form says beside where it came from: enough to be understood where one word decides what is done.
fn fields(route: &str, things: &Things) -> Vec<(String, String)> {
    let said: &[(&str, &str)] = match route {
        "/{workspace}/trash" => &[("project", things.deleted.as_str())],
        "/{workspace}/settings/secrets/restore" => &[("secret", things.deleted_secret.as_str())],
        "/{workspace}/settings/secrets/{secret}/roll-back" => &[("version", "1")],
        "/{workspace}/settings/secrets/leaks/{drill}/step" => &[("step", "revoke"), ("do", "done")],
        "/{workspace}/settings/secrets/leaks/{drill}/jobs" => &[("do", "stop")],
        "/{workspace}/settings/secrets/leaks/{drill}/close" => &[("reason", "x")],
        "/{workspace}/settings/members/{account}" => &[("do", "role"), ("role", "viewer")],
        "/{workspace}/{project}/data/{sample}" => &[("do", "disable")],
        _ => &[],
    };
    said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn answer(browser: &Client, token: &str, method: &str, path: &str, mut fields: Vec<(String, String)>) -> u16 {
    if method == "get" {
        return browser.get(path).await.status;
    }
    fields.push(("form_token".to_owned(), token.to_owned()));
    browser.post(path, &fields).await.status
}

async fn token_of(browser: &Client) -> String {
    browser.get("/settings/account").await.form("Save changes").value("form_token").to_owned()
}

#[test]
fn every_route_of_a_workspace_says_what_it_asks_for() {
    let below: Vec<(&str, &str)> = TABLE
        .iter()
        .filter(|(_, _, path)| path.starts_with("/{workspace}"))
        .map(|(_, method, path)| (*method, *path))
        .collect();
    for route in &below {
        assert!(ASKS.iter().any(|(method, path, _)| (*method, *path) == *route), "{route:?} is not in ASKS");
    }
    assert_eq!(below.len(), ASKS.len(), "a route in ASKS is gone");
}

on_both! {
    async fn every_role_gets_as_far_as_the_matrix_says_and_strangers_see_nothing(world: World) {
        let cast = Cast::of(world);
        let mut come = Vec::new();
        for one in &cast.all {
            let browser = world.signed_in(&one.person).await;
            let token = token_of(&browser).await;
            come.push((one, browser, token, cast.things(&format!("For {}", one.person.username)).await));
        }
        cast.fall();
        let viewer = world.id_of("victor-v").to_string();
        for (one, browser, token, things) in &come {
            let who = &one.person.username;
            for (method, route, action) in ASKS {
                let path = path(route, things, &viewer);
                let status = answer(browser, token, method, &path, fields(route, things)).await;
                match one.role {
                    None => assert_eq!(status, 404, "{who} at {method} {path}"),
                    Some(role) if allowed(action).contains(&role) => {
                        // No invitation waits that could be sent again.
                        let is_there = status != 404 || route.ends_with("/members/invitations");
                        assert!(is_there && status != 403 && status < 500, "{who} at {method} {path}: {status}");
                    }
                    Some(_) => assert_eq!(status, 403, "{who} at {method} {path}"),
                }
            }
        }
    }

    async fn a_demotion_counts_from_the_next_request(world: World) {
        let cast = Cast::of(world);
        let (owner, admin) = (&cast.all[0].person, &cast.all[1].person);
        let (olivia, andrew) = (world.signed_in(owner).await, world.signed_in(admin).await);
        let members = "/acme-labs/settings/members";
        let form = andrew.get(members).await.form("Invite").fill("Email addresses", "new@example.com");
        let (_, account) = world.account_of(admin);
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
