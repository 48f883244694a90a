//! Browsers by their names: what *Trust this browser* gives, it gives to no name that was there before.

use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use reqwest::Method;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, set_up_authenticator, sign_in};
use crate::support::world::World;

/// The name this answer gives to the browser, if it gives one.
fn name_given(view: &View) -> Option<String> {
    let mut cookies = view.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let given = cookies.find_map(|cookie| cookie.strip_prefix("keystead-device="))?;
    Some(given.split(';').next().unwrap().to_owned())
}

async fn sign_out(browser: &Client) {
    browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
}

/// What the door answers to the right password from a browser that carries this name.
async fn sign_in_under(world: &World, name: &str, login: &str) -> Option<String> {
    let browser = world.visitor();
    let page = browser.get("/sign-in").await;
    let session = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let form = page.form("Sign in").fill("Email or username", login).fill("Password", PASSWORD);
    let request = browser.request(Method::POST, "/sign-in").form(&form.fields);
    let request = request.header("cookie", format!("{session}; keystead-device={name}"));
    View::of(request.send().await.unwrap()).await.location()
}

on_both! {
    async fn a_browser_that_is_trusted_goes_by_a_new_name(world: World) {
        let ada = world.person("ada-m");
        let yuki = world.person_in(Region::Ap, "yuki-t", "Yuki Tanabe", "free");
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let browser = world.visitor();
        let planted = name_given(&sign_in(&browser, &yuki).await).unwrap();
        sign_out(&browser).await;
        assert_eq!(world.inbox(&yuki.email).len(), 1);

        sign_in(&browser, &ada).await;
        world.site.clock.advance(minutes(1));
        let form = browser.get("/sign-in/code").await.form("Sign in").choose("trust", "yes");
        let inside = browser.submit(&form.fill("One-time code", &secret.code_at(world.site.clock.now()))).await;
        assert_eq!(inside.location().as_deref(), Some("/settings/account"), "{}", inside.text());
        let name = name_given(&inside).unwrap();
        assert_ne!(name, planted);
        sign_out(&browser).await;

        assert_eq!(sign_in_under(world, &planted, "ada-m").await.as_deref(), Some("/sign-in/code"), "the old name skips no code");
        assert_eq!(sign_in(&browser, &ada).await.location().as_deref(), Some("/settings/account"), "the new one does");
        sign_out(&browser).await;

        // Other people's accounts, in other regions too, know the browser by its new name.
        sign_in(&browser, &yuki).await;
        assert_eq!(world.inbox(&yuki.email).len(), 1, "nobody is told of a new browser");
    }

    async fn a_code_alone_leaves_the_name_as_it_is(world: World) {
        let ada = world.person("ada-m");
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let browser = world.visitor();
        for is_first in [true, false] {
            sign_in(&browser, &ada).await;
            world.site.clock.advance(minutes(1));
            let form = browser.get("/sign-in/code").await.form("Sign in");
            let inside = browser.submit(&form.fill("One-time code", &secret.code_at(world.site.clock.now()))).await;
            assert_eq!(inside.location().as_deref(), Some("/settings/account"));
            assert_eq!(name_given(&inside).is_some(), is_first);
            sign_out(&browser).await;
        }
    }
}
