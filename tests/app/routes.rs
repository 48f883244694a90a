//! The route table: who may come in, and what stands around every answer.

use keystead::kernel::names::RESERVED_NAMES;
use keystead::pages::TABLE;
use keystead::projects::creation::RESERVED_SLUGS;

use crate::on_both;

on_both! {
    async fn a_stranger_is_led_to_sign_in_from_every_page_but_the_public_ones(world: World) {
        for (access, method, path) in TABLE.iter().filter(|(access, ..)| *access != "public") {
            let path = path.replace("{region}", "eu").replace("{workspace}", "ada-marchetti").replace(['{', '}'], "");
            let stranger = world.visitor();
            let view = if *method == "get" { stranger.get(&path).await } else { stranger.post(&path, &[]).await };
            let to = view.location().unwrap_or_default();
            let is_turned_away = to.starts_with("/sign-in") || view.status == 401;
            assert!(is_turned_away, "{access} {method} {path} answered {} {to}", view.status);
        }
    }

    async fn what_is_not_there_is_told_with_a_way_on_and_a_number(world: World) {
        let view = world.visitor().get("/no_such_page").await;
        assert_eq!(view.status, 404);
        assert!(view.has("Page not found") && view.has("Sign in"));
        assert_eq!(view.headers["x-request-id"].to_str().unwrap(), view.text_of(".aside code"));
        assert_eq!(view.headers["cache-control"], "no-store");
        assert_eq!(view.headers["x-content-type-options"], "nosniff");
        let policy = view.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    }

    async fn robots_are_kept_from_links_with_a_token_and_from_nothing_people_look_at(world: World) {
        let rules = world.visitor().get("/robots.txt").await.html;
        let asked_away = |path: &str| {
            rules.lines().filter_map(|line| line.strip_prefix("Disallow: ")).any(|prefix| path.starts_with(prefix))
        };
        for (_, method, path) in TABLE.iter().filter(|(_, method, _)| *method == "get") {
            assert_eq!(asked_away(path), path.contains("{token}"), "{method} {path}");
        }
        assert!(asked_away("/platform/v1/usage/events"));
    }

    async fn a_form_from_another_site_is_refused_before_anything_else(world: World) {
        let foreign = world.visitor().request(reqwest::Method::POST, "/").header("sec-fetch-site", "cross-site");
        assert_eq!(foreign.send().await.unwrap().status(), 403);
    }
}

#[test]
fn the_first_word_of_every_address_is_a_reserved_name() {
    for (_, _, path) in TABLE {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let is_taken = first.is_empty() || first.starts_with(['.', '{']) || RESERVED_NAMES.contains(&first);
        assert!(is_taken, "{path} begins with a name that somebody could sign up with");
    }
}

#[test]
fn the_second_word_of_every_address_below_a_workspace_is_no_projects_name() {
    for (_, _, path) in TABLE {
        let Some(below) = path.strip_prefix("/{workspace}/") else { continue };
        let second = below.split('/').next().unwrap_or_default();
        assert!(second == "{project}" || RESERVED_SLUGS.contains(&second), "{path} could be a project's");
    }
}
