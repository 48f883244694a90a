//! People who have an account already: made by the domain's own functions, signed in by the door.

use keystead::accounts::creation::{self, NewAccount};
use keystead::crypto::password::Password;
use keystead::crypto::totp::TotpSecret;
use keystead::db::{Db, DbError};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::lifecycle::administration;
use keystead::regions::directory::{self, Reservation};

use super::client::{Client, View};
use super::world::World;

pub const PASSWORD: &str = "gentle grippers hold warm eggs";

pub struct Person {
    pub username: String,
    pub email: String,
}

impl World {
    /// A confirmed account in Europe with [`PASSWORD`].
    pub fn person(&self, username: &str) -> Person {
        self.person_in(Region::Eu, username, "Ada Marchetti", "free")
    }

    /// The same anywhere, by any name, on any plan.
    pub fn person_in(&self, region: Region, username: &str, person_name: &str, plan: &str) -> Person {
        let act = self.act();
        let (name, email) = (Username::parse(username).unwrap(), format!("{username}@example.com"));
        let address = EmailAddress::parse(&email).unwrap();
        let id = act.id::<AccountId>();
        let password = Password::from_typed(PASSWORD);
        let wanted = Reservation {
            account: id,
            region,
            name: &name,
            address: &address,
            password: &password,
            gone: None,
            now: act.now,
            held_until: act.now.plus(hours(24)),
        };
        let directory = &self.site.regions.directory;
        directory.write_now(|db: &mut Db| directory::reserve(db, &act.keyring, &wanted)).unwrap();
        let hash = self.site.hasher.hash_blocking(&act.chance, &password);
        let new = NewAccount {
            id,
            username: name.clone(),
            email: address.clone(),
            email_digest: directory::address_digest(&act.keyring, &address),
            name: person_name.to_owned(),
            password_hash: Some(hash),
            plan: plan.to_owned(),
            is_confirmed: true,
            is_administrator: false,
        };
        self.region(region).write_now(|db: &mut Db| creation::create(db, &act, &new)).unwrap();
        directory.write_now::<_, DbError>(|db: &mut Db| directory::confirm(db, id)).unwrap();
        Person { username: username.to_owned(), email }
    }

    /// A new browser in which this person has signed in.
    pub async fn signed_in(&self, person: &Person) -> Client {
        let browser = self.visitor();
        let view = sign_in(&browser, person).await;
        assert_eq!(view.location().as_deref(), Some("/settings/account"), "{}", view.text());
        browser
    }
}

/// An administrator of this name, in a browser in which they may enter the administration; and their authenticator's key.
pub async fn administrator(world: &World, username: &str) -> (Client, TotpSecret) {
    let person = world.person(username);
    let browser = world.signed_in(&person).await;
    let (secret, _) = set_up_authenticator(world, &browser).await;
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap();
    administration::make(&world.site.regions, row.region, &world.act(), None, row.owner_id).unwrap();
    (browser, secret)
}

/// The link of this site that was mailed to this address last and leads to `path`, without the site.
pub fn mailed_path(world: &World, address: &str, path: &str) -> String {
    let start = format!("{}{path}", world.base());
    let mails = world.inbox(address);
    let found = mails.iter().rev().find_map(|mail| mail.text.split_whitespace().find(|word| word.starts_with(&start)));
    let link = found.unwrap_or_else(|| panic!("no {path} in {} mails to {address}", mails.len()));
    link[world.base().len()..].to_owned()
}

/// What the door answers to the right password.
pub async fn sign_in(browser: &Client, person: &Person) -> View {
    let form = browser.get("/sign-in").await.form("Sign in");
    browser.submit(&form.fill("Email or username", &person.username).fill("Password", PASSWORD)).await
}

/// Sets up an authenticator on the pages; its key, and the recovery codes that were shown.
pub async fn set_up_authenticator(world: &World, browser: &Client) -> (TotpSecret, Vec<String>) {
    let page = browser.get("/settings/mfa/set-up").await;
    let secret = TotpSecret::from_base32(&page.text_of("#key").replace(' ', "")).unwrap();
    let form = page.form("Turn on").fill("Type the code it shows", &secret.code_at(world.site.clock.now()));
    let shown = browser.submit(&form).await;
    assert_eq!(shown.location().as_deref(), Some("/settings/mfa/codes"), "{}", shown.text());
    let shown = browser.visit("/settings/mfa/codes").await;
    let codes = shown.text_of("#codes").split(' ').map(str::to_owned).collect();
    (secret, codes)
}
