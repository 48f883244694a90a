//! What somebody was refused stands in the log, and where there is an account in its owner's record.

use keystead::activity::feed;
use keystead::kernel::region::Region;
use keystead::regions::directory;

use crate::on_both;
use crate::sign_up_page::sign_up;
use crate::support::client::View;
use crate::support::logged;
use crate::support::people::{mailed_path, set_up_authenticator};
use crate::support::world::World;

/// Kind and detail of the latest events of an account in Europe, the newest first.
fn record(world: &World, username: &str) -> Vec<(String, String)> {
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap();
    let latest = |db: &mut _| feed::latest(db, row.owner_id.personal_workspace(), 40);
    let entries = world.region(Region::Eu).read_now(latest).unwrap();
    entries.into_iter().map(|entry| (entry.kind, entry.detail)).collect()
}

fn logged(view: &View) -> String {
    logged::of_request(view.headers["x-request-id"].to_str().unwrap()).join("\n")
}

on_both! {
    async fn who_tries_the_administration_without_the_right_is_logged_and_recorded(world: World) {
        logged::keep();
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let refused = ada.get("/admin/accounts").await;
        assert_eq!(refused.status, 404);
        assert!(logged(&refused).contains("access was refused"), "{}", logged(&refused));
        let expected = ("access.refused".to_owned(), "the administration".to_owned());
        assert_eq!(record(world, "ada-marchetti")[0], expected);
        for _ in 0..30 {
            ada.get("/admin/jobs").await;
        }
        let recorded = record(world, "ada-marchetti").into_iter().filter(|entry| *entry == expected).count();
        assert_eq!(recorded, 10, "a record is not flooded");
    }

    async fn so_is_a_form_that_was_made_elsewhere(world: World) {
        logged::keep();
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let form = ada.get("/settings/account").await.form("Save changes").choose("form_token", "elsewhere");
        let refused = ada.submit(&form).await;
        assert_eq!(refused.status, 403);
        assert!(logged(&refused).contains("a form made elsewhere"), "{}", logged(&refused));
        assert_eq!(record(world, "ada-marchetti")[0].0, "access.refused");

        let stranger = world.visitor();
        let form = stranger.get("/sign-in").await.form("Sign in").choose("form_token", "elsewhere");
        let refused = stranger.submit(&form).await;
        assert!(refused.status == 403 && logged(&refused).contains("a visitor was refused"), "{}", logged(&refused));
    }

    async fn a_network_that_tries_too_often_is_logged(world: World) {
        logged::keep();
        let stranger = world.visitor();
        let form = stranger.get("/forgot-password").await.form("Send the link").fill("Email", "nobody@example.com");
        for _ in 0..100 {
            assert_eq!(stranger.submit(&form).await.status, 200);
        }
        let refused = stranger.submit(&form).await;
        assert!(refused.status == 429 && logged(&refused).contains("too many tries"), "{}", logged(&refused));
    }

    async fn a_wrong_code_at_a_reset_is_recorded(world: World) {
        let person = world.person("ada-marchetti");
        set_up_authenticator(world, &world.signed_in(&person).await).await;
        let browser = world.visitor();
        let form = browser.get("/forgot-password").await.form("Send the link").fill("Email", &person.email);
        browser.submit(&form).await;
        let page = browser.visit(&mailed_path(world, &person.email, "/reset/")).await;
        let form = page.form("Change password").fill("New password", "quiet arches carry the weight");
        let form = form.fill("New password again", "quiet arches carry the weight").fill("One-time code", "000000");
        assert_eq!(browser.submit(&form).await.status, 422);
        let expected = ("password.reset_refused".to_owned(), "wrong code".to_owned());
        assert_eq!(record(world, "ada-marchetti")[0], expected);
        for _ in 0..10 {
            browser.submit(&form).await;
        }
        let expected = ("password.reset_refused".to_owned(), "too many tries".to_owned());
        assert_eq!(record(world, "ada-marchetti")[0], expected);
    }

    async fn strangers_cannot_use_up_the_mails_that_lead_an_owner_back_in(world: World) {
        let person = world.person("ada-marchetti");
        for n in 0..6 {
            sign_up(&world.visitor(), &format!("stranger-{n}"), &person.email).await;
        }
        let browser = world.visitor();
        let form = browser.get("/forgot-password").await.form("Send the link").fill("Email", &person.email);
        browser.submit(&form).await;
        mailed_path(world, &person.email, "/reset/");
    }
}
