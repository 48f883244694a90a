//! Other people's things tried through one's own addresses: with an id in the path, in the form or in the call that
//! belongs elsewhere, with a role that is too low, with a form of a session that has ended.

use keystead::access::Role;
use keystead::access::action::ManageMembers;
use keystead::activity::feed;
use keystead::db::Db;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::InvitationId;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::key_role::KeyRole;
use keystead::workspaces::invitations;

use crate::ingestion::{HMAC, add_hmac_key};
use crate::on_both;
use crate::studio_api::With;
use crate::support::client::{Client, View};
use crate::support::projects::{named, own, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

/// The deeds of one API key, behind its address.
const DEEDS: [&str; 5] = ["", "/ordinary", "/restore", "/rotate", "/revoke"];

/// A form of this browser's own session, sent to any address.
async fn send(browser: &Client, path: &str, fields: &[(&str, &str)]) -> View {
    let token = browser.get("/settings/account").await.form("Save changes").value("form_token").to_owned();
    let all = fields.iter().copied().chain([("form_token", token.as_str())]);
    let all: Vec<_> = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    browser.post(path, &all).await
}

fn waiting(world: &World, team: &Team<'_>) -> Vec<InvitationId> {
    let all = world.region(team.region).read_now(|db| invitations::of_workspace(db, team.id, 9)).unwrap();
    all.into_iter().map(|one| one.id).collect()
}

fn invite(world: &World, team: &Team<'_>, address: &str, role: Role) -> InvitationId {
    let (act, address) = (world.act(), EmailAddress::parse(address).unwrap());
    let permit = team.owners().permit::<ManageMembers>().unwrap();
    let sent = |db: &mut Db| invitations::invite(db, &act, Region::Eu, &permit, &address, role, |_| None);
    world.region(team.region).write_now(sent).unwrap();
    waiting(world, team)[0]
}

fn mails(world: &World, address: &str) -> usize {
    world.inbox(address).len()
}

on_both! {
    async fn a_key_is_nothing_at_the_address_of_another_project(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let (project, mine) = (world.project(&ada, "Gripper Vision"), world.project(&eve, "Mine"));
        let (key, hmac) = (world.key(&project, &named("ci", KeyRole::Admin)), add_hmac_key(world, &project, HMAC));
        let whole = Maker::in_workspace(&own(world.id_of("ada-marchetti")).permit().unwrap());
        let new = named("whole", KeyRole::Admin);
        let whole = world.on_keys(|db, act| api_keys::create(db, act, &whole, &stamp(), &new)).unwrap().id;
        let browser = world.signed_in(&eve).await;
        let api_keys = [
            format!("/eve-adler/mine/keys/{}", key.id), format!("/eve-adler/mine/keys/{whole}"),
            format!("/settings/api-keys/{whole}"), format!("/eve-adler/settings/api-keys/{whole}"),
        ];
        for base in &api_keys {
            for deed in DEEDS.iter().filter(|deed| base.contains("/mine/") || **deed != "/ordinary") {
                let sent = send(&browser, &format!("{base}{deed}"), &[("name", "mine now"), ("overlap", "0")]).await;
                assert_eq!(sent.status, 404, "{base}{deed}");
            }
            for page in ["", "/rotate", "/revoke"] {
                assert_eq!(browser.get(&format!("{base}{page}")).await.status, 404, "{base}{page}");
            }
        }
        let base = format!("/eve-adler/mine/hmac-keys/{hmac}");
        for deed in ["/show", "/flag", "/revoke"] {
            assert_eq!(send(&browser, &format!("{base}{deed}"), &[]).await.status, 404, "{deed}");
        }
        for page in ["", "/value", "/revoke"] {
            assert_eq!(browser.get(&format!("{base}{page}")).await.status, 404, "{page}");
        }
        // By number, as tools have it: hers is asked for among her own.
        let (adas, eves) = (world.token(&ada).await, world.token(&eve).await);
        for kind in ["apikeys", "hmackeys"] {
            let list = world.call(With::Token(&adas), "get", &format!("/v1/api/{}/{kind}", project.number)).await.good();
            let number = &list[if kind == "apikeys" { "apiKeys" } else { "hmacKeys" }][0]["id"];
            assert!(number.is_i64());
            let refused = world.call(With::Token(&eves), "delete", &format!("/v1/api/{}/{kind}/{number}", mine.number)).await;
            assert_eq!(refused.error().0, 404);
        }
        let kept = world.in_europe(|db| api_keys::of_project(db, project.id));
        assert!(kept.len() == 1 && !kept[0].is_disabled() && kept[0].name == "ci" && kept[0].succeeded_by.is_none());
        let list = world.call(With::Token(&adas), "get", &format!("/v1/api/{}/hmackeys", project.number)).await.good();
        assert_eq!(list["hmacKeys"][0]["hmacKey"], HMAC);
        let record = world.in_europe(|db| feed::latest(db, project.workspace_id, 99));
        assert!(record.iter().all(|line| line.actor != Some(world.id_of("eve-adler"))));
    }

    async fn an_editor_changes_no_key_with_more_rights_than_theirs(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Editor);
        let project = team.project("Shared");
        let (strong, weak) =
            (world.key_of(&team, &project, &named("strong", KeyRole::Admin)), world.key_of(&team, &project, &named("weak", KeyRole::ReadOnly)));
        let browser = world.signed_in(&ada).await;
        let base = team.path("shared/keys");
        for deed in DEEDS {
            let sent = send(&browser, &format!("{base}/{}{deed}", strong.id), &[("name", "mine now"), ("overlap", "0")]).await;
            assert_eq!(sent.status, 403, "{deed}");
        }
        let form = browser.get(&format!("{base}/new")).await.form("Create API key").fill("Name", "more");
        let refused = browser.submit(&form.choose("role", "admin")).await;
        assert!(refused.status == 422 && refused.has("Choose one of the roles."), "{}", refused.text());
        assert_eq!(send(&browser, &format!("{base}/{}/revoke", weak.id), &[]).await.status, 303);
        let keys = world.in_europe(|db| api_keys::of_project(db, project.id));
        let mut standing: Vec<_> = keys.iter().map(|key| (key.name.as_str(), key.is_disabled())).collect();
        standing.sort_unstable();
        assert_eq!(standing, [("strong", false), ("weak", true)]);
    }

    async fn an_invitation_is_answered_by_nobody_else_and_managed_from_nowhere_else(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("eve-e"));
        let (team, other) = (world.organization("acme-labs", &ada), world.organization("other-labs", &eve));
        let id = invite(world, &team, &bob.email, Role::Editor);
        let sent = mails(world, &bob.email);
        let browser = world.signed_in(&eve).await;
        for deed in ["accept", "decline"] {
            send(&browser, "/settings/organizations", &[("do", deed), ("invitation", id.as_str())]).await;
            assert!(browser.get("/settings/organizations").await.has("was answered, taken back, or has ended"), "{deed}");
        }
        for _ in 0..6 {
            for deed in ["again", "cancel"] {
                let path = other.path("settings/members/invitations");
                let done = send(&browser, &path, &[("do", deed), ("invitation", id.as_str())]).await;
                assert_eq!(done.location(), Some(other.path("settings/members")), "{deed}: {}", done.text());
            }
        }
        let path = team.path("settings/members/invitations");
        assert_eq!(send(&browser, &path, &[("do", "cancel"), ("invitation", id.as_str())]).await.status, 404);
        let token = world.token(&eve).await;
        let numbers = [other.id.as_str(), id.as_str()].map(|id| world.in_europe(|db| keystead::workspaces::numbers::of(db, id)));
        let call = format!("/v1/api/organizations/{}/members/remove", numbers[0]);
        let refused = world.send(With::Token(&token), "post", &call, serde_json::json!({"id": numbers[1]})).await;
        assert_eq!(refused.error().0, 404);
        assert_eq!((team.role_of(&eve), waiting(world, &team)), (None, vec![id]));
        assert_eq!(mails(world, &bob.email), sent);
        // Nor did it use up what Bob may be sent.
        let owner = world.signed_in(&ada).await;
        let again = owner.get(&team.path("settings/members")).await.form(&format!("Send again to {}", bob.email));
        assert_eq!(owner.submit(&again).await.status, 303);
        assert_eq!(mails(world, &bob.email), sent + 1);
    }

    async fn a_member_is_changed_from_nowhere_else_and_an_owners_invitation_by_no_admin(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("eve-e"));
        let (team, other) = (world.organization("acme-labs", &ada), world.organization("other-labs", &eve));
        team.member(&bob, Role::Admin);
        let browser = world.signed_in(&eve).await;
        let path = other.path(&format!("settings/members/{}", world.id_of("bob-b")));
        assert_eq!(browser.get(&path).await.status, 404);
        for deed in ["role", "remove", "transfer"] {
            assert_eq!(send(&browser, &path, &[("do", deed), ("role", "viewer")]).await.status, 404, "{deed}");
        }
        let token = world.token(&eve).await;
        let ids = [other.id.to_string(), world.id_of("bob-b").to_string()];
        let [there, bobs] = ids.map(|id| world.in_europe(|db| keystead::workspaces::numbers::of(db, &id)));
        let base = format!("/v1/api/organizations/{there}/members");
        let role = world.send(With::Token(&token), "post", &format!("{base}/{bobs}/role"), serde_json::json!({"role": "guest"})).await;
        let gone = world.send(With::Token(&token), "post", &format!("{base}/remove"), serde_json::json!({"id": bobs})).await;
        assert_eq!((role.error().0, gone.error().0), (404, 404));
        assert_eq!(team.role_of(&bob), Some(Role::Admin));

        let id = invite(world, &team, "kim@example.com", Role::Owner);
        let admin = world.signed_in(&bob).await;
        for deed in ["again", "cancel"] {
            let path = team.path("settings/members/invitations");
            assert_eq!(send(&admin, &path, &[("do", deed), ("invitation", id.as_str())]).await.status, 403, "{deed}");
        }
        // What was refused was no mail: five may go in an hour (the first invitation was made without the page, and not counted).
        let owner = world.signed_in(&ada).await;
        for _ in 0..3 {
            let path = team.path("settings/members/invitations");
            assert_eq!(send(&admin, &path, &[("do", "again"), ("invitation", id.as_str())]).await.status, 403);
            let form = owner.get(&team.path("settings/members")).await.form("Invite");
            let form = form.fill("Email addresses", &bob.email).choose("role", "viewer");
            assert!(owner.submit(&form).await.has("Is a member already."));
        }
        let page = team.path(&format!("settings/members/{}", world.id_of("ada-m")));
        for deed in ["role", "remove", "transfer"] {
            assert_eq!(send(&admin, &page, &[("do", deed), ("role", "viewer")]).await.status, 403, "{deed}");
        }
        assert_eq!((team.role_of(&ada), waiting(world, &team), mails(world, "kim@example.com")), (Some(Role::Owner), vec![id], 1));
        for sent in 1..=6_usize {
            let path = team.path("settings/members/invitations");
            assert_eq!(send(&owner, &path, &[("do", "again"), ("invitation", id.as_str())]).await.status, 303);
            assert_eq!(mails(world, "kim@example.com"), 1 + sent.min(5));
        }
        assert!(owner.get(&team.path("settings/members")).await.has("This address had enough mails for now."));
    }

    async fn a_form_of_a_session_that_has_ended_does_nothing_in_the_next(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Editor);
        let project = team.project("Shared");
        let key = world.key_of(&team, &project, &named("ci", KeyRole::Admin));
        let hmac = add_hmac_key_of(world, &team, &project);
        let id = invite(world, &team, "kim@example.com", Role::Viewer);
        let browser = world.signed_in(&ada).await;
        let (keys, hmacs) = (team.path("shared/keys"), team.path("shared/hmac-keys"));
        let member = team.path(&format!("settings/members/{}", world.id_of("bob-b")));
        let forms = [
            browser.get(&format!("{keys}/new")).await.form("Create API key").fill("Name", "late"),
            browser.get(&format!("{keys}/{}/rotate", key.id)).await.form("Rotate key"),
            browser.get(&format!("{keys}/{}/revoke", key.id)).await.form("Revoke key"),
            browser.get(&format!("{hmacs}/new")).await.form("Create HMAC key").fill("Name", "late"),
            browser.get(&format!("{hmacs}/{hmac}")).await.form("Show key"),
            browser.get(&format!("{hmacs}/{hmac}/revoke")).await.form("Revoke HMAC key"),
            browser.get(&member).await.form("Change role").choose("role", "viewer"),
            browser.get(&member).await.form("Remove member"),
            browser.get(&member).await.form("Transfer ownership"),
            browser.get(&team.path("settings/members")).await.form("Cancel the invitation of kim@example.com"),
            browser.get(&team.path("settings/members")).await.form("Invite").fill("Email addresses", "late@example.com"),
        ];
        browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
        world.site.clock.advance(seconds(1));
        crate::support::people::sign_in(&browser, &ada).await;
        for form in &forms {
            let refused = browser.submit(form).await;
            assert!(refused.status == 403 && refused.has("Go back"), "{form:?}: {} {}", refused.status, refused.text());
        }
        let keys = world.in_europe(|db| api_keys::of_project(db, project.id));
        assert!(keys.len() == 1 && !keys[0].is_disabled());
        let hmacs = world.in_europe(|db| keystead::projects::hmac_keys::of_project(db, project.id));
        assert_eq!((hmacs.len(), hmacs[0].id), (1, hmac));
        assert_eq!((team.role_of(&bob), waiting(world, &team)), (Some(Role::Editor), vec![id]));
    }
}

fn add_hmac_key_of(
    world: &World,
    team: &Team<'_>,
    project: &keystead::projects::project::Project,
) -> keystead::kernel::id::HmacKeyId {
    use keystead::projects::hmac_keys::{self, NewHmacKey};
    let (act, maker) = (world.act(), Maker::in_project(&team.owners().permit().unwrap(), project).unwrap());
    let new = NewHmacKey { name: "bench".to_owned(), is_development: false, own: None };
    world.region(Region::Eu).write_now(|db| hmac_keys::create(db, &act, &maker, &new)).unwrap().0
}
