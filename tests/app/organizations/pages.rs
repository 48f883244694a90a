//! The pages of organizations: creating one, its home, its members, its profile, its minutes.

use keystead::access::Role;

use crate::on_both;
use crate::support::markup::check_markup;

const LIST: &str = "/settings/organizations";
const NEW: &str = "/settings/organizations/new";

on_both! {
    async fn somebody_creates_an_organization_and_finds_it_in_the_switcher(world: World) {
        let ada = world.signed_in(&world.person("ada-m")).await;
        let empty = ada.get(LIST).await;
        assert!(empty.has("No organizations yet"), "{}", empty.text());
        check_markup(LIST, &empty.html);
        let form = ada.get(NEW).await;
        check_markup(NEW, &form.html);
        let created = ada.submit(&form.form("Create organization").fill("Name", "Acme & Söhne").fill("Username", "Acme-Labs")).await;
        assert_eq!(created.location().as_deref(), Some("/acme-labs/settings/members"), "{}", created.text());
        let list = ada.get(LIST).await;
        assert!(list.has("Acme & Söhne") && list.has("Owner") && list.has("Free"), "{}", list.text());
        check_markup(LIST, &list.html);
        let home = ada.get("/acme-labs").await;
        assert!(home.has("No projects yet"), "{}", home.text());
        check_markup("/acme-labs", &home.html);
        assert_eq!(home.text_of(".switch"), "AS acme-labs , switch workspace");
        assert_eq!(home.attribute("#workspaces a[aria-current]", "href").as_deref(), Some("/acme-labs"));
        assert_eq!(ada.get(LIST).await.attribute("#workspaces a[aria-current]", "href").as_deref(), Some("/ada-m"));
        assert!(ada.get("/ada-m").await.has("What is yours alone."));
        assert_eq!(ada.get("/ada-m/settings").await.location().as_deref(), Some("/settings/account"));
        assert_eq!(ada.get("/ada-m/settings/members").await.status, 404);
    }

    async fn a_name_that_is_wrong_or_taken_is_refused_and_nothing_typed_is_lost(world: World) {
        let person = world.person("ada-m");
        world.organization("acme-labs", &person);
        let ada = world.signed_in(&person).await;
        for (username, title, sentence) in [
            ("acme-labs", "Acme", "Somebody has this username already."),
            ("ada-m", "Acme", "Somebody has this username already."),
            ("settings", "Acme", "kept for the platform itself"),
            ("a", "Acme", "Use 4 to 32 characters."),
            ("new-labs", "", "Enter a name."),
            ("new-labs", "evil\u{202E}gpj", "Leave out invisible characters"),
            ("", "", "Enter a username."),
        ] {
            let form = ada.get(NEW).await.form("Create organization");
            let refused = ada.submit(&form.fill("Name", title).fill("Username", username)).await;
            assert_eq!(refused.status, 422, "{username}");
            assert!(refused.has(sentence), "{username}: {}", refused.text());
            assert_eq!(refused.attribute("#username", "value").as_deref(), Some(username));
            check_markup(NEW, &refused.html);
        }
    }

    async fn what_is_pasted_into_the_invitation_comes_back_with_its_reasons(world: World) {
        let (person, bob) = (world.person("ada-m"), world.person("bob-b"));
        world.organization_on("acme-labs", &person, "pro").member(&bob, Role::Editor);
        let ada = world.signed_in(&person).await;
        let path = "/acme-labs/settings/members";
        let form = || async { ada.get(path).await.form("Invite") };
        for (addresses, role, sentence) in [
            ("", "editor", "Enter the address of whoever is to join."),
            ("new@example.com", "emperor", "Choose one of the roles."),
            ("nobody", "editor", "It is not an address like name@example.com."),
            (bob.email.as_str(), "editor", "Is a member already."),
        ] {
            let refused = ada.submit(&form().await.fill("Email addresses", addresses).choose("role", role)).await;
            assert_eq!(refused.status, 422, "{addresses}");
            assert!(refused.has(sentence), "{addresses}: {}", refused.text());
            check_markup(path, &refused.html);
        }
        let many = (0..51).map(|n| format!("guest-{n}@example.com")).collect::<Vec<_>>().join("\n");
        assert!(ada.submit(&form().await.fill("Email addresses", &many)).await.has("Invite at most 50 at once."));
        let some = (0..5).map(|n| format!("guest-{n}@example.com")).collect::<Vec<_>>().join(", ");
        let answered = ada.submit(&form().await.fill("Email addresses", &some).choose("role", "viewer")).await;
        assert_eq!(answered.status, 422);
        assert!(answered.has("3 invitations are on their way.") && answered.has("No seat was left for it."), "{}", answered.text());
        assert!(ada.get(path).await.has("5 of 5 seats taken: 2 members, 3 invitations."));
        assert_eq!(ada.get(&format!("{path}?role=emperor")).await.status, 400);
        assert_eq!(ada.get(&format!("{path}?after=nowhere")).await.status, 400);
    }

    async fn members_are_found_by_name_and_role_and_paged(world: World) {
        let owner = world.person_in(keystead::kernel::region::Region::Eu, "ada-m", "Ada Marchetti", "free");
        let team = world.organization("acme-labs", &owner);
        for n in 0..27 {
            let name = format!("Nils Number{n:02}");
            let one = world.person_in(keystead::kernel::region::Region::Eu, &format!("nils-{n:02}"), &name, "free");
            world.site.clock.advance(keystead::kernel::time::seconds(1));
            team.member(&one, if n == 3 { Role::Admin } else { Role::Viewer });
        }
        let ada = world.signed_in(&owner).await;
        let path = "/acme-labs/settings/members";
        let first = ada.get(path).await;
        check_markup(path, &first.html);
        assert!(first.has("Ada Marchetti") && first.has("Number23") && !first.has("Number24"), "{}", first.text());
        let next = first.attribute(".pager a[rel=next]", "href").unwrap();
        let second = ada.get(&next).await;
        assert!(second.has("Number24") && second.has("Number26") && !second.has("Number23"), "{}", second.text());
        let found = ada.get(&format!("{path}?q=Number1&role=viewer")).await;
        assert!(found.has("Number10") && !found.has("Number20") && !found.has("Number03"), "{}", found.text());
        assert!(ada.get(&format!("{path}?role=admin")).await.has("Number03"));
        assert!(ada.get(&format!("{path}?q=%25")).await.has("Nobody here is called so."));
        assert!(first.has("MFA"));
        let viewer = world.signed_in(&crate::support::people::Person { username: "nils-05".to_owned(), email: String::new() }).await;
        let seen = viewer.get(path).await;
        assert!(!seen.has("MFA") && !seen.has("Invite people") && seen.has("Number10"), "{}", seen.text());
    }

    async fn an_owner_changes_roles_hands_over_and_may_not_be_the_last_to_go(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Viewer);
        let ada = world.signed_in(&owner).await;
        let page = |person| format!("/acme-labs/settings/members/{}", world.account_of(person).1.id);
        let shown = ada.get(&page(&bob)).await;
        check_markup("member", &shown.html);
        assert!(shown.has("Nothing that they made here is in use."), "{}", shown.text());
        let nonsense = ada.submit(&shown.form("Change role").choose("role", "emperor")).await;
        assert_eq!(nonsense.status, 422);
        let own = ada.get(&page(&owner)).await;
        assert!(!own.has("Remove member"));
        let last = ada.submit(&own.form("Change role").choose("role", "viewer")).await;
        assert_eq!(last.status, 422);
        assert!(last.has("An organization always has an Owner."), "{}", last.text());
        let before = ada.get("/settings/organizations/acme-labs/leave").await;
        check_markup("leave", &before.html);
        assert!(before.has("You are the last Owner of acme-labs") && !before.html.contains(">Leave organization<"), "{}", before.text());
        for way_on in ["/acme-labs/settings/members", "/acme-labs/settings/delete"] {
            assert!(before.html.contains(&format!("href=\"{way_on}\"")), "{}", before.html);
            assert_eq!(ada.get(way_on).await.status, 200, "{way_on}");
        }
        let press = async || {
            let token = before.form("Sign out").value("form_token").to_owned();
            ada.post(&before.path, &[("form_token".to_owned(), token)]).await
        };
        assert_eq!(press().await.location().as_deref(), Some("/settings/organizations/acme-labs/leave"));
        assert_eq!(team.role_of(&owner), Some(Role::Owner));
        ada.submit(&shown.form("Transfer ownership")).await;
        assert_eq!((team.role_of(&owner), team.role_of(&bob)), (Some(Role::Admin), Some(Role::Owner)));
        let page = ada.get(&before.path).await;
        check_markup("leave", &page.html);
        assert!(page.has("Nothing that you made there is in use."), "{}", page.text());
        let leave = page.form("Leave organization");
        ada.submit(&leave).await;
        assert_eq!(team.role_of(&owner), None);
        assert!(world.inbox(&bob.email).iter().any(|mail| mail.subject == "ada-m left acme-labs"));
        assert_eq!(ada.get("/acme-labs").await.status, 404);
        assert_eq!(ada.get(&before.path).await.status, 404);
        assert_eq!(ada.submit(&leave).await.status, 404, "gone once");
    }

    async fn a_profile_is_saved_once_and_refused_with_reasons(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        world.organization("acme-labs", &owner).member(&bob, Role::Viewer);
        let ada = world.signed_in(&owner).await;
        let path = "/acme-labs/settings/profile";
        assert_eq!(ada.get("/acme-labs/settings").await.location().as_deref(), Some(path));
        let page = ada.get(path).await;
        check_markup(path, &page.html);
        let form = page.form("Save changes");
        assert_eq!(ada.submit(&form.clone().fill("Name", "")).await.status, 422);
        assert_eq!(ada.submit(&form.clone().fill("Name", "Acme Works")).await.status, 303);
        let late = ada.submit(&form.fill("Name", "Acme Later")).await;
        assert_eq!(late.status, 409);
        assert!(late.has("Somebody saved meanwhile: it is Acme Works now."), "{}", late.text());
        let viewer = world.signed_in(&bob).await;
        let seen = viewer.get(path).await;
        assert!(seen.has("acme-labs") && !seen.has("Save changes"), "{}", seen.text());
    }

    async fn the_minutes_of_an_organization_are_shown_by_the_code_that_shows_ones_own(world: World) {
        let owner = world.person("ada-m");
        world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        let path = "/acme-labs/settings/billing";
        let page = ada.get(path).await;
        check_markup(path, &page.html);
        assert!(page.has("Enterprise plan"), "{}", page.text());
        assert_eq!(ada.get(&format!("{path}/usage.csv")).await.status, 200);
        assert!(ada.get(&format!("{path}/plan")).await.has("Enterprise"));
        assert!(ada.get("/settings/billing").await.has("Free plan"));
    }
}
