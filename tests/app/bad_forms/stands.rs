//! Where a person can stand, so that every form is drawn somewhere.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use keystead::access::{Membership, Role};
use keystead::crypto::totp::TotpSecret;
use keystead::db::{Db, DbError};
use keystead::entry::setup;
use keystead::ingestion::samples;
use keystead::jobs::{self, Failure, Job, JobContext, Options};
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::lifecycle::{mfa_reset, trash};
use keystead::projects::api_keys::{self, Maker, NewKey};
use keystead::projects::hmac_keys::{self, NewHmacKey};
use keystead::projects::key_role::KeyRole;
use keystead::regions::directory;
use keystead::secrets::{adding, leaks, removal};
use scraper::{Html, Selector};

use super::drawn::Drawn;
use super::forget_throttles;
use crate::device_login::begin;
use crate::sign_up_page::sign_up;
use crate::support::client::Client;
use crate::support::people::{Person, administrator, mailed_path, set_up_authenticator, sign_in};
use crate::support::projects::{maker, named, own, stamp};
use crate::support::secrets;
use crate::support::teams::Team;
use crate::support::world::World;

#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// With the link from the operator's terminal. First, while there is no administrator.
    Founder,
    Stranger,
    /// Signed up, the code still to be typed.
    Newcomer,
    /// The password was right, the code is still to come.
    HalfIn,
    /// With the link that sets a new password.
    Forgetful,
    Person,
    /// With an authenticator, a trusted browser and another session.
    Secured,
    /// Closed the account and has the link that cancels.
    Leaving,
    /// Asked by mail whether the second factor shall go.
    Reset,
    /// Asked by mail to join an organization.
    Invited,
    /// With the code of a program that waits to be signed in.
    Asked,
    /// Of an organization with a member and an invitation that waits.
    Owner,
    /// With keys of every kind, in every state.
    Keeper,
    /// With secrets of their own, one of them deleted, and a file of them that waits.
    Hider,
    /// The same in an organization.
    TeamHider,
    Administrator,
}

impl Who {
    pub const ALL: &[Self] = &[
        Self::Founder,
        Self::Stranger,
        Self::Newcomer,
        Self::HalfIn,
        Self::Forgetful,
        Self::Person,
        Self::Secured,
        Self::Leaving,
        Self::Reset,
        Self::Invited,
        Self::Asked,
        Self::Owner,
        Self::Keeper,
        Self::Hider,
        Self::TeamHider,
        Self::Administrator,
    ];
}

/// A browser in that state, and the pages with forms it can open.
pub struct Stand {
    pub client: Client,
    pages: Vec<String>,
}

fn new_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("person-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn place_of(world: &World, person: &Person) -> (keystead::kernel::id::AccountId, Region) {
    let name = person.username.clone();
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, &name)).unwrap().unwrap();
    (row.owner_id, row.region)
}

impl Stand {
    pub async fn of(world: &World, who: Who) -> Self {
        let (client, pages): (Client, Vec<&str>) = match who {
            Who::Founder => (founder(world).await, vec!["/setup"]),
            Who::Stranger => (world.visitor(), vec!["/sign-in", "/sign-up", "/forgot-password"]),
            Who::Newcomer => {
                let (browser, name) = (world.visitor(), new_name());
                sign_up(&browser, &name, &format!("{name}@example.com")).await;
                (browser, vec!["/sign-up/code"])
            }
            Who::HalfIn => {
                let (person, ..) = secured(world).await;
                let browser = world.visitor();
                sign_in(&browser, &person).await;
                (browser, vec!["/sign-in/code"])
            }
            Who::Forgetful => {
                let (person, ..) = secured(world).await;
                let browser = world.visitor();
                let form = browser.get("/forgot-password").await.form("Send the link");
                browser.submit(&form.fill("Email", &person.email)).await;
                browser.visit(&mailed_path(world, &person.email, "/reset/")).await;
                (browser, vec!["/reset"])
            }
            Who::Person => {
                let browser = world.signed_in(&world.person(&new_name())).await;
                let pages = ["account", "password", "mfa/set-up", "sessions", "account/delete"];
                let pages = pages.map(|page| format!("/settings/{page}")).to_vec();
                return Self { client: browser, pages: [pages, vec![CONFIRM.to_owned()]].concat() };
            }
            Who::Secured => {
                let (_, browser, _) = secured(world).await;
                let pages = ["mfa", "mfa/new-codes", "mfa/turn-off", "password", "sessions"];
                let pages = pages.map(|page| format!("/settings/{page}")).to_vec();
                return Self { client: browser, pages: [pages, vec![CONFIRM.to_owned()]].concat() };
            }
            Who::Leaving => {
                let person = world.person(&new_name());
                let owner = world.signed_in(&person).await;
                let form = owner.get("/settings/account/delete").await.form("Delete account");
                owner.submit(&form.fill("Type your username", &person.username)).await;
                let browser = world.visitor();
                browser.visit(&mailed_path(world, &person.email, "/cancel-closing/")).await;
                (browser, vec!["/cancel-closing"])
            }
            Who::Reset => {
                let (person, ..) = secured(world).await;
                let ((id, region), act) = (place_of(world, &person), world.act());
                world.region(region).write_now(|db| mfa_reset::request(db, &act, region, None, id)).unwrap();
                let browser = world.visitor();
                browser.visit(&mailed_path(world, &person.email, "/confirm-mfa-reset/")).await;
                (browser, vec!["/confirm-mfa-reset"])
            }
            Who::Invited => {
                let person = world.person(&new_name());
                let owner = world.person(&new_name());
                let team = world.organization(&new_name(), &owner);
                invite(&world.signed_in(&owner).await, &team, &person.email).await;
                let browser = world.signed_in(&person).await;
                browser.visit(&mailed_path(world, &person.email, "/invitation/")).await;
                (browser, vec!["/invitation", "/settings/organizations"])
            }
            Who::Asked => {
                let browser = world.signed_in(&world.person(&new_name())).await;
                let code = begin(world).await.user_code;
                let form = browser.get("/login/device").await.form("Continue");
                browser.submit(&form.fill("Code", &code)).await;
                (browser, vec!["/login/device", "/login/device/answer"])
            }
            Who::Owner => return in_organization(world).await,
            Who::Keeper => return with_keys(world).await,
            Who::Hider => return with_secrets(world, false).await,
            Who::TeamHider => return with_secrets(world, true).await,
            Who::Administrator => return in_administration(world).await,
        };
        Self { client, pages: pages.into_iter().map(ToOwned::to_owned).collect() }
    }

    /// Every form on every page of this stand.
    pub async fn forms(&self) -> Vec<Drawn> {
        let mut forms = Vec::new();
        for page in &self.pages {
            let view = self.client.get(page).await;
            assert_eq!(view.status, 200, "{page} {:?} {}", view.location(), view.text());
            forms.extend(Drawn::all(page, &view.html));
        }
        forms
    }

    /// The same form once more, after it may have done something; from a stand of its own where it is gone.
    pub async fn again(&mut self, world: &World, who: Who, form: &Drawn) -> Drawn {
        forget_throttles(world);
        let view = self.client.get(&form.page).await;
        let found = Drawn::all(&form.page, &view.html).into_iter().find(|drawn| drawn.key() == form.key());
        if let Some(found) = found {
            return found;
        }
        *self = Self::of(world, who).await;
        let found = self.forms().await.into_iter().find(|drawn| drawn.key() == form.key());
        found.unwrap_or_else(|| panic!("nobody draws {} again", form.key()))
    }

    /// An address of this route that is there, as far as this stand knows one.
    pub fn address(&self, route: &str) -> String {
        let known = self.pages.iter().find(|page| {
            let (parts, words): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), page.split('/').collect());
            parts.len() == words.len()
                && parts.iter().zip(&words).all(|(part, word)| part.starts_with('{') || part == word)
        });
        known.cloned().unwrap_or_else(|| route.replace("{region}", "eu").replace(['{', '}'], ""))
    }

    /// The names in the queries of every link and every searching form that this stand sees.
    pub async fn queried(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = ["return_to", "deed", "of", "before", "month"].map(str::to_owned).into();
        for page in self.pages.iter().filter(|page| page.len() < 20) {
            let view = self.client.get(page).await;
            let html = Html::parse_document(&view.html);
            let fields = Selector::parse("form[method=get] [name]").unwrap();
            names.extend(html.select(&fields).filter_map(|field| field.value().attr("name")).map(str::to_owned));
            let links = Selector::parse("a[href*='?']").unwrap();
            for link in html.select(&links).filter_map(|link| link.value().attr("href")) {
                let query = link.split('?').nth(1).unwrap_or_default();
                names.extend(query.split('&').filter_map(|pair| pair.split('=').next()).map(str::to_owned));
            }
        }
        names
    }
}

const CONFIRM: &str = "/confirm?deed=set+a+password&return_to=%2Fsettings%2Fpassword";

async fn founder(world: &World) -> Client {
    let act = world.act();
    let token = world.site.regions.directory.write_now(|db: &mut Db| setup::issue(db, &act)).unwrap().unwrap();
    let browser = world.visitor();
    browser.visit(&format!("/setup/{}", token.reveal())).await;
    browser
}

async fn secured(world: &World) -> (Person, Client, TotpSecret) {
    let person = world.person(&new_name());
    let browser = world.signed_in(&person).await;
    let (secret, _) = set_up_authenticator(world, &browser).await;
    let other = world.visitor();
    sign_in(&other, &person).await;
    // The clock goes on, so that the code is a new one; not so far that a confirmation lapses.
    world.site.clock.advance(seconds(30));
    let form = other.get("/sign-in/code").await.form("Sign in").choose("trust", "yes");
    other.submit(&form.fill("One-time code", &secret.code_at(world.site.clock.now()))).await;
    (person, browser, secret)
}

async fn invite(owner: &Client, team: &Team<'_>, address: &str) {
    let form = owner.get(&team.path("settings/members")).await.form("Invite");
    let sent = owner.submit(&form.fill("Email addresses", address)).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
}

async fn in_organization(world: &World) -> Stand {
    let (owner, member) = (world.person(&new_name()), world.person(&new_name()));
    let client = world.signed_in(&owner).await;
    let team = world.organization(&new_name(), &owner);
    team.member(&member, Role::Editor);
    invite(&client, &team, &format!("{}@example.net", new_name())).await;
    // One that can be left: its Owner is another.
    let elsewhere = world.organization(&new_name(), &member);
    elsewhere.member(&owner, Role::Viewer);
    let (_, member) = world.account_of(&member);
    let inside = ["profile", "members", "policies", "delete"].map(|tab| team.path(&format!("settings/{tab}")));
    let others = [
        team.path(&format!("settings/members/{}", member.id)),
        "/settings/organizations".to_owned(),
        "/settings/organizations/new".to_owned(),
        format!("/settings/organizations/{}/leave", elsewhere.name),
    ];
    Stand { client, pages: [inside.as_slice(), &others].concat() }
}

/// Keys of one's own, of an organization and of a project, of which one is deleted.
async fn with_keys(world: &World) -> Stand {
    let owner = world.person(&new_name());
    let client = world.signed_in(&owner).await;
    let team = world.organization(&new_name(), &owner);
    let project = world.project(&owner, "Gripper Vision");
    let id = world.id_of(&owner.username);
    let mut pages = Vec::new();
    let organization = Membership { workspace: team.id, ..own(id) };
    for (base, membership) in
        [("/settings/api-keys".to_owned(), own(id)), (team.path("settings/api-keys"), organization)]
    {
        let maker = Maker::in_workspace(&membership.permit().unwrap());
        pages.extend(keys_at(world, &base, &maker));
    }
    let (base, maker) = (format!("/{}/gripper-vision", owner.username), maker(&project, Role::Owner));
    pages.extend(keys_at(world, &format!("{base}/keys"), &maker));
    let new = NewHmacKey { name: "bench".to_owned(), own: None, is_development: false };
    let act = world.act();
    let made = world.region(Region::Eu).write_now(|db| hmac_keys::create(db, &act, &maker, &new)).unwrap();
    let hmac = made.0;
    pages.extend(["", "/revoke"].map(|rest| format!("{base}/hmac-keys/{hmac}{rest}")));
    pages.extend(["keys", "hmac-keys/new", "settings", "settings/delete"].map(|rest| format!("{base}/{rest}")));
    let came = world.samples(&project, &[("idle.csv", b"1"), ("left.csv", b"2")]).await;
    let (used, left_out, send) = (came[0], came[1], own(id).permit().unwrap());
    world.in_europe(|db| samples::set_disabled(db, &act, &send, project.id, left_out, true));
    pages.extend(
        ["check".to_owned(), format!("{used}"), format!("{used}/delete"), format!("{left_out}")]
            .map(|rest| format!("{base}/data/{rest}")),
    );
    let deleted = world.project(&owner, "Let Go");
    let edit = own(id).permit().unwrap();
    world.in_europe(|db| trash::delete(db, &act, &edit, deleted.id));
    pages.extend(["new-project", "trash"].map(|rest| format!("/{}/{rest}", owner.username)));
    Stand { client, pages }
}

async fn with_secrets(world: &World, is_shared: bool) -> Stand {
    let owner = world.person(&new_name());
    let (client, id) = (world.signed_in(&owner).await, world.id_of(&owner.username));
    let (workspace, base) = if is_shared {
        let team = world.organization(&new_name(), &owner);
        team.project("Gripper Vision");
        (team.id, team.path("settings/secrets"))
    } else {
        world.project(&owner, "Gripper Vision");
        (id.personal_workspace(), "/settings/secrets".to_owned())
    };
    let may = secrets::permit(workspace, id);
    let [used, deleted] = ["IN_USE", "DELETED"].map(|name| world.secret(&may, name, "hidden").id);
    world.on_secrets(|db, act| adding::replace(db, act, &may, used, &secrets::value("better"))).unwrap();
    world.on_secrets(|db, act| removal::delete(db, act, &may, deleted)).unwrap();
    let leaked = world.secret(&may, "LEAKED", "hidden").id;
    let drill = world.on_secrets(|db, act| leaks::open(db, act, &may, leaked, false)).unwrap();
    world.on_secrets(|db, act| leaks::mark(db, act, &may, drill, leaks::Step::Revoke, Some(""))).unwrap();
    let form = client.get(&format!("{base}/paste")).await.form("Look at the names");
    client.submit(&form.fill("File", "PASTED=hidden")).await;
    let pages = ["", "/new", "/paste", "/review"].map(|rest| format!("{base}{rest}"));
    let drill = [format!("{base}/leaks/{drill}")];
    let of_one = ["", "/replace", "/delete", "/leak"].map(|rest| format!("{base}/{used}{rest}"));
    Stand { client, pages: [pages.as_slice(), &of_one, &drill].concat() }
}

/// One that is in use, the development key where there may be one, and one that is disabled.
fn keys_at(world: &World, base: &str, maker: &Maker) -> Vec<String> {
    let make = |new: NewKey| world.on_keys(|db, act| api_keys::create(db, act, maker, &stamp(), &new)).unwrap().id;
    let used = make(NewKey { is_development: maker.project.is_some(), ..named("in use", KeyRole::Admin) });
    let disabled = make(named("disabled", KeyRole::Admin));
    world.on_keys(|db, act| api_keys::revoke(db, act, maker, disabled)).unwrap();
    ["new".to_owned(), format!("{used}"), format!("{used}/rotate"), format!("{used}/revoke"), format!("{disabled}")]
        .map(|rest| format!("{base}/{rest}"))
        .to_vec()
}

/// A request that this kind of job cannot read fails for good at once.
struct Unreadable;

impl Job for Unreadable {
    const NAME: &'static str = "erase_account";
    type Request = String;

    fn run(&self, _: String, _: &mut JobContext<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

async fn in_administration(world: &World) -> Stand {
    let (client, _) = administrator(world, &new_name()).await;
    let (person, ..) = secured(world).await;
    let (id, region) = place_of(world, &person);
    let form = client.get("/admin/accounts/invitations").await.form("Invite");
    client.submit(&form.fill("Email addresses", &format!("{}@example.net", new_name()))).await;
    let act = world.act();
    let put = |db: &mut Db| jobs::enqueue::<Unreadable>(db, &act, &"not an account".to_owned(), Options::default());
    world.region(Region::Eu).write_now::<_, DbError>(put).unwrap();
    world.run_jobs();
    let team = world.organization(&new_name(), &person);
    let organization = format!("/admin/organizations/{}/{}", team.region, team.id);
    let form = client.get("/admin/accounts").await.form("Delete…").choose("account[]", &format!("{region}:{id}"));
    let picked = client.submit(&form).await.location().unwrap();
    let pages = [
        "/admin/accounts".to_owned(),
        "/admin/doctor".to_owned(),
        "/admin/jobs".to_owned(),
        "/admin/organizations".to_owned(),
        format!("{organization}/delete"),
        organization,
        "/admin/accounts/invitations".to_owned(),
        picked,
        format!("/admin/accounts/{region}/{id}"),
        format!("/admin/accounts/{region}/{id}/delete"),
    ];
    Stand { client, pages: pages.to_vec() }
}
