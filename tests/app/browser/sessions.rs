//! Two browsers of one person: the one sees and ends the other.

use crate::support::browser::{Browser, NARROW, WIDE};

use super::{open, sign_in};

#[actix_web::test]
async fn one_browser_ends_the_other() {
    let Some((world, desk)) = open(WIDE).await else { return };
    let Some(phone) = Browser::open(&world.base(), NARROW.without_script()).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&desk, &ada).await;
    sign_in(&phone, &ada).await;
    assert_eq!(world.inbox(&ada.email).len(), 2, "the owner is told of each new browser");

    desk.go("/settings/sessions").await;
    assert_eq!(desk.texts("[aria-labelledby=browsers] .items li").await.len(), 2);
    assert_eq!(desk.texts("[aria-labelledby=browsers] .badge").await, ["This browser"]);
    desk.touch("button[name=session]").await;
    desk.wait_for("[role=status]").await;
    assert_eq!(desk.texts("[aria-labelledby=browsers] .items li").await.len(), 1);

    phone.go("/settings/billing").await;
    assert_eq!(phone.path().await, "/sign-in?return_to=%2Fsettings%2Fbilling");
    super::fill_in_door(&phone, &ada.email, crate::support::people::PASSWORD).await;
    assert_eq!(phone.path().await, "/settings/billing", "back to where it was going");
    phone.close().await;
    desk.close().await;
}
