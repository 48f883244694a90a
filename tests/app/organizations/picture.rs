//! The picture of an organization: given, shown wherever the organization stands, taken away, and gone with it.

use image::ImageFormat;
use keystead::access::Role;
use keystead::activity::feed;
use keystead::kernel::id::WorkspaceId;
use keystead::kernel::region::Region;
use keystead::photos;
use keystead::workspaces::workspace;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::administrator;
use crate::support::pictures::{bad_pictures, picture};
use crate::support::world::World;

const NEW: &str = "/settings/organizations/new";
const PROFILE: &str = "/acme-labs/settings/profile";
const LIST: &str = "/settings/organizations";
const IMAGE: &str = "main img.avatar";

fn png() -> Vec<u8> {
    picture(ImageFormat::Png)
}

/// What lies below the pictures of everybody.
fn stored(world: &World) -> Vec<String> {
    world.site.files.list(Region::Eu, photos::FOLDER).unwrap()
}

fn files(world: &World, id: WorkspaceId) -> usize {
    world.site.files.list(Region::Eu, &photos::folder(id)).unwrap().len()
}

fn id_of(world: &World, name: &str) -> WorkspaceId {
    world.region(Region::Eu).read_now(|db| workspace::by_name(db, name)).unwrap().unwrap().id
}

fn happened(world: &World, id: WorkspaceId) -> Vec<String> {
    let lines = world.region(Region::Eu).read_now(|db| feed::latest(db, id, 20)).unwrap();
    lines.iter().map(|line| line.kind.clone()).collect()
}

async fn hang(browser: &Client, bytes: &[u8]) -> View {
    let form = browser.get(PROFILE).await.form("Save changes");
    browser.submit_with(&form, ("us.png", "image/png", bytes)).await
}

async fn shown(browser: &Client) -> Option<String> {
    browser.get(PROFILE).await.attribute(IMAGE, "src")
}

on_both! {
    async fn a_picture_given_on_creation_stands_wherever_the_organization_does(world: World) {
        let ada = world.signed_in(&world.person("ada-m")).await;
        let form = ada.get(NEW).await.form("Create organization").fill("Name", "Acme").fill("Username", "acme-labs");
        let created = ada.submit_with(&form, ("us.exe", "text/html", &picture(ImageFormat::Jpeg))).await;
        assert_eq!(created.location().as_deref(), Some("/acme-labs/settings/members"), "{}", created.text());
        let id = id_of(world, "acme-labs");
        let address = ada.get(PROFILE).await.attribute(IMAGE, "src").unwrap();
        assert!(address.starts_with(&format!("/photos/{id}/")), "{address}");
        let (grace, _) = administrator(world, "grace-hopper").await;
        let (administered, mut pages) = (format!("/admin/organizations/eu/{id}"), Vec::new());
        for (browser, path, place) in [
            (&ada, "/acme-labs", ".switch img"),
            (&ada, "/acme-labs", "h1 img"),
            (&ada, LIST, "tbody img"),
            (&ada, LIST, "#workspaces img"),
            (&grace, "/admin/organizations", "tbody img"),
            (&grace, administered.as_str(), IMAGE),
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.attribute(place, "src").as_deref(), Some(address.as_str()), "{path} {place}");
            pages.push((path, page.html));
        }
        let photo = ada.get(&address).await;
        assert_eq!(photo.status, 200);
        assert!(photo.headers.get("content-type").unwrap().to_str().unwrap().starts_with("image/"));
        assert_eq!(files(world, id), photos::SIZES.len());
        assert_eq!(grace.get(&address).await.status, 200);
        assert_eq!(world.visitor().get(&address).await.status, 303);
        let of_another = address.replace(id.as_str(), world.id_of("ada-m").as_str());
        for wrong in [address.replace("-128", "-129"), of_another] {
            assert_eq!(ada.get(&wrong).await.status, 404, "{wrong}");
        }
        for (path, html) in &pages {
            check_markup(path, html);
        }
    }

    async fn a_picture_is_replaced_and_taken_away_by_those_who_may_rename(world: World) {
        let (owner, admin) = (world.person("ada-m"), world.person("alan-a"));
        let team = world.organization("acme-labs", &owner);
        team.member(&admin, Role::Admin);
        let alan = world.signed_in(&admin).await;
        assert_eq!(alan.get(PROFILE).await.text_of("main .avatar"), "TA");
        assert_eq!(hang(&alan, &png()).await.status, 303);
        let old = shown(&alan).await.unwrap();
        assert_eq!(hang(&alan, &picture(ImageFormat::Gif)).await.status, 303);
        let new = shown(&alan).await.unwrap();
        assert_eq!((alan.get(&old).await.status, alan.get(&new).await.status), (404, 200));
        assert_eq!(files(world, team.id), photos::SIZES.len(), "nothing is left of the one before");
        let page = alan.get(PROFILE).await;
        check_markup(PROFILE, &page.html);
        assert_eq!(alan.submit(&page.form("Save changes").fill("Name", "Acme Works")).await.status, 303);
        assert_eq!(shown(&alan).await.as_deref(), Some(new.as_str()), "another name, the same picture");
        let form = alan.get(PROFILE).await.form("Save changes").choose("remove_photo", "yes");
        assert_eq!(alan.submit(&form).await.status, 303);
        assert_eq!((shown(&alan).await, alan.get(&new).await.status), (None, 404));
        assert_eq!(files(world, team.id), 0);
        let happened = happened(world, team.id);
        let expected =
            ["picture_removed", "changed", "picture_changed", "picture_changed"].map(|word| format!("organization.{word}"));
        assert_eq!(happened[..4], expected);
    }

    async fn who_may_not_rename_it_changes_no_picture_either(world: World) {
        let (owner, edith, victor) = (world.person("ada-m"), world.person("edith-e"), world.person("victor-v"));
        let team = world.organization("acme-labs", &owner);
        team.member(&edith, Role::Editor).member(&victor, Role::Viewer);
        let ada = world.signed_in(&owner).await;
        let form = ada.get(PROFILE).await.form("Save changes");
        for (person, status) in [(&edith, 403), (&victor, 403), (&world.person("sten-s"), 404)] {
            let browser = world.signed_in(person).await;
            assert!(!browser.get(PROFILE).await.html.contains("type=\"file\""));
            let token = browser.get("/settings/account").await.form("Save changes").value("form_token").to_owned();
            let forged = form.clone().choose("form_token", &token);
            assert_eq!(browser.submit_with(&forged, ("us.png", "image/png", &png())).await.status, status);
        }
        assert_eq!((stored(world), shown(&ada).await), (Vec::new(), None));
    }

    async fn a_bad_picture_is_refused_with_the_reason_and_what_was_typed_is_kept(world: World) {
        let owner = world.person("ada-m");
        world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        for (bytes, reason) in bad_pictures() {
            let form = ada.get(NEW).await.form("Create organization").fill("Name", "New").fill("Username", "new-labs");
            let refused = ada.submit_with(&form, ("us.png", "image/png", &bytes)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.text_of("[id='photo-error']").contains(reason), "{}", refused.text());
            assert_eq!(refused.attribute("#username", "value").as_deref(), Some("new-labs"));
            check_markup(NEW, &refused.html);
            let form = ada.get(PROFILE).await.form("Save changes").fill("Name", "Acme Works");
            let refused = ada.submit_with(&form, ("us.png", "image/png", &bytes)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.text_of("[id='photo-error']").contains(reason), "{}", refused.text());
            assert_eq!(refused.form("Save changes").value("title"), "Acme Works");
            check_markup(PROFILE, &refused.html);
        }
        assert!(!ada.get(PROFILE).await.has("Acme Works") && ada.get("/new-labs").await.status == 404);
        assert_eq!(stored(world), Vec::<String>::new());
    }

    async fn a_picture_that_came_with_a_form_that_was_refused_is_not_kept_and_asked_for_again(world: World) {
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        let form = ada.get(NEW).await.form("Create organization").fill("Name", "Acme").fill("Username", "acme-labs");
        let taken = ada.submit_with(&form, ("us.png", "image/png", &png())).await;
        assert!(taken.status == 422 && taken.has("Somebody has this username already."), "{}", taken.text());
        assert!(taken.has("Choose the file again"), "{}", taken.text());
        assert_eq!(stored(world), Vec::<String>::new());
        let stale = ada.get(PROFILE).await.form("Save changes");
        assert_eq!(hang(&ada, &png()).await.status, 303);
        let first = shown(&ada).await;
        let late = ada.submit_with(&stale, ("us.png", "image/png", &png())).await;
        assert!(late.status == 409 && late.has("Choose the file again"), "{}", late.text());
        assert_eq!((files(world, team.id), shown(&ada).await), (photos::SIZES.len(), first.clone()));
        let late = ada.submit(&stale.choose("remove_photo", "yes")).await;
        assert_eq!((late.status, shown(&ada).await), (409, first));
    }

    async fn the_picture_of_an_organization_that_nobody_can_enter_is_nowhere_and_goes_with_it(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        assert_eq!(hang(&ada, &png()).await.status, 303);
        let (address, form) = (shown(&ada).await.unwrap(), ada.get(PROFILE).await.form("Save changes"));
        let administered = format!("/admin/organizations/eu/{}", team.id);
        let press = async |button: &str| {
            let form = grace.get(&administered).await.form(button).fill("Reason", "Spam, it seems.");
            assert_eq!(grace.submit(&form).await.status, 303);
        };
        press("Suspend").await;
        assert_eq!(ada.get(&address).await.status, 404, "it is suspended");
        assert_eq!(grace.get(&administered).await.attribute(IMAGE, "src"), None);
        let late = ada.submit_with(&form, ("us.png", "image/png", &png())).await;
        assert_eq!(late.location().as_deref(), Some(LIST), "{}", late.text());
        press("Reinstate").await;
        assert_eq!(ada.get(&address).await.status, 200);
        let delete = ada.get("/acme-labs/settings/delete").await.form("Delete organization");
        ada.submit(&delete.fill("Type its username", "acme-labs")).await;
        assert_eq!(ada.get(&address).await.status, 404, "it is closing, though not yet erased");
        assert_eq!(ada.submit_with(&form, ("us.png", "image/png", &png())).await.status, 404);
        assert_eq!(stored(world), [team.id.to_string()]);
        world.site.clock.advance(keystead::kernel::time::days(15));
        world.run_jobs();
        assert_eq!(stored(world), Vec::<String>::new());
    }

    async fn an_organization_that_ends_with_its_last_owner_takes_its_picture_along(world: World) {
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        hang(&ada, &png()).await;
        let delete = ada.get("/settings/account/delete").await.form("Delete account");
        let delete = delete.fill("Type your username", "ada-m").choose(&format!("organization-{}", team.id), "delete");
        let closed = ada.submit(&delete).await;
        assert_eq!(closed.location().as_deref(), Some("/farewell"), "{}", closed.text());
        world.site.clock.advance(keystead::kernel::time::days(15));
        world.run_jobs();
        assert_eq!(stored(world), Vec::<String>::new());
    }
}
