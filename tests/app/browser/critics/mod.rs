//! Every page, in every state that looks different, before every critic.
//!
//! Rule: the route table decides what a page is. One that nobody looked at fails the test, unless it is named as
//! something else than a page.

mod administration;
mod door;
mod organizations;
mod projects;
mod rare;
mod secrets;
mod settings;

use std::collections::BTreeSet;

use keystead::pages::TABLE;

use crate::support::browser::WIDE;
use crate::support::critic::Critic;

/// Answers that are no page: files, texts, and addresses that only lead on.
const NO_PAGES: &[&str] = &[
    "/",
    "/.well-known/change-password",
    "/.well-known/security.txt",
    "/admin",
    "/admin/accounts.csv",
    "/admin/accounts/invitations.csv",
    "/admin/jobs.csv",
    "/admin/organizations.csv",
    "/auth/verify",
    "/cancel-closing/{token}",
    "/confirm-mfa-reset/{token}",
    "/invitation/{token}",
    "/photos/{owner}/{name}",
    "/reset/{token}",
    "/robots.txt",
    "/settings",
    "/settings/api-keys.csv",
    "/settings/billing/usage.csv",
    "/settings/secrets.csv",
    "/setup/{token}",
    "/studio/user-settings/account-info",
    "/trash",
    "/{workspace}/projects/all.csv",
    "/{workspace}/settings",
    "/{workspace}/settings/api-keys.csv",
    "/{workspace}/settings/billing/usage.csv",
    "/{workspace}/settings/members.csv",
    "/{workspace}/settings/secrets.csv",
    "/{workspace}/trash/projects.csv",
    "/{workspace}/{project}/artifacts.csv",
    "/{workspace}/{project}/data.csv",
    "/{workspace}/{project}/data/{sample}/file",
    "/{workspace}/{project}/data/{sample}/labels",
    "/{workspace}/{project}/hmac-keys.csv",
    "/{workspace}/{project}/keys.csv",
];

#[actix_web::test]
async fn every_page_passes_every_critic() {
    let Some((world, browser)) = super::open(WIDE).await else { return };
    browser.hide_scrollbars().await;
    let mut critic = Critic::new(&browser);
    door::walk(&world, &browser, &mut critic).await;
    settings::walk(&world, &browser, &mut critic).await;
    organizations::walk(&world, &browser, &mut critic).await;
    projects::walk(&world, &browser, &mut critic).await;
    secrets::walk(&world, &browser, &mut critic).await;
    administration::walk(&world, &browser, &mut critic).await;
    let seen = critic.verdict();
    let missed: Vec<&str> = pages().into_iter().filter(|page| !seen.iter().any(|path| fits(page, path))).collect();
    assert!(missed.is_empty(), "nobody looked at {missed:?}");
    browser.close().await;
}

fn pages() -> BTreeSet<&'static str> {
    let shown = TABLE.iter().filter(|(_, method, path)| *method == "get" && !NO_PAGES.contains(path));
    shown.map(|(_, _, path)| *path).collect()
}

/// Is this path one of that route?
fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(part, word)| part.starts_with('{') || part == word)
}
