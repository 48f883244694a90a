//! No page shows a way to what its reader may not do.

use keystead::pages::TABLE;
use scraper::{Html, Selector};

use super::pages::{ASKS, path};
use super::{Cast, TEAM, allowed};
use crate::on_both;
use crate::support::client::View;

/// The ways on that a page shows: method and path of its links, forms and buttons.
fn ways(view: &View) -> Vec<(&'static str, String)> {
    let html = Html::parse_document(&view.html);
    let mut ways = Vec::new();
    for element in html.select(&Selector::parse("a[href]").unwrap()) {
        ways.push(("get", element.value().attr("href").unwrap().to_owned()));
    }
    for form in html.select(&Selector::parse("form").unwrap()) {
        let is_post = form.value().attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let method = if is_post { "post" } else { "get" };
        ways.push((method, form.value().attr("action").unwrap_or(&view.path).to_owned()));
        for button in form.select(&Selector::parse("button[formaction]").unwrap()) {
            ways.push((method, button.value().attr("formaction").unwrap().to_owned()));
        }
    }
    ways.into_iter().map(|(method, to)| (method, to.split(['?', '#']).next().unwrap_or_default().to_owned())).collect()
}

/// The route that answers there, as the router finds it: the first that fits.
fn route_of(method: &str, path: &str) -> Option<&'static str> {
    let fits = |route: &str| {
        let (mut asked, mut words) = (path.split('/'), route.split('/'));
        loop {
            match (asked.next(), words.next()) {
                (None, None) => return true,
                (Some(asked), Some(word)) if word.starts_with('{') && !asked.is_empty() || asked == word => {}
                _ => return false,
            }
        }
    };
    TABLE.iter().find(|(_, of_route, route)| *of_route == method && fits(route)).map(|(.., route)| *route)
}

on_both! {
    async fn pages_show_no_way_to_what_they_refuse(world: World) {
        let cast = Cast::of(world);
        let viewer = world.id_of("victor-v").to_string();
        let (mut followed, mut wrong) = (0, std::collections::BTreeSet::new());
        for one in cast.all.iter().filter(|one| one.role.is_some() && one.role == one.was) {
            let (browser, role) = (world.signed_in(&one.person).await, one.role.unwrap());
            let things = cast.things(&format!("For {}", one.person.username)).await;
            for (_, route, _) in ASKS.iter().filter(|(method, _, action)| *method == "get" && allowed(action).contains(&role)) {
                let page = browser.get(&path(route, &things, &viewer)).await;
                let inside = ways(&page).into_iter().filter(|(_, to)| *to == format!("/{TEAM}") || to.starts_with(&format!("/{TEAM}/")));
                for (method, to) in inside {
                    let found = route_of(method, &to).unwrap_or_else(|| panic!("{role} is led from {route} to {to}: no such page"));
                    let asks = ASKS.iter().find(|(of_method, of_route, _)| (*of_method, *of_route) == (method, found)).unwrap().2;
                    if !allowed(asks).contains(&role) {
                        wrong.insert(format!("{role} is shown {method} {found} on {route}, which asks for {asks}"));
                    }
                    followed += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(followed > 500, "{followed} ways");
    }
}
