//! Administrators with all that lets them act, and the way through *Confirm it is you*.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::lifecycle::administration;
use keystead::regions::directory;
use keystead::sessions::account::{self, Account};

use super::client::{Client, View};
use super::people::{PASSWORD, Person, set_up_authenticator, sign_in};
use super::world::World;

pub struct Administrator {
    pub person: Person,
    pub id: AccountId,
    pub secret: TotpSecret,
    /// Signed in with the second factor, a moment ago.
    pub browser: Client,
}

impl World {
    pub async fn administrator(&self, username: &str) -> Administrator {
        let person = self.person(username);
        let browser = self.signed_in(&person).await;
        let (secret, _) = set_up_authenticator(self, &browser).await;
        let id = self.id_of(username);
        administration::make(&self.site.regions, Region::Eu, &self.act(), None, id).unwrap();
        Administrator { person, id, secret, browser }
    }

    /// Whose name this is, in whatever region.
    pub fn id_of(&self, username: &str) -> AccountId {
        let named = self.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap();
        named.unwrap_or_else(|| panic!("nobody is called {username}")).owner_id
    }

    /// How the account stands in Europe.
    pub fn account(&self, id: AccountId) -> Option<Account> {
        self.region(Region::Eu).read_now(|db| account::by_id(db, id)).unwrap()
    }

    /// A code that was not used yet.
    pub fn next_code(&self, secret: &TotpSecret) -> String {
        self.site.clock.advance(seconds(30));
        secret.code_at(self.site.clock.now())
    }

    /// A new browser in which somebody with an authenticator has signed in.
    pub async fn signed_in_with(&self, person: &Person, secret: &TotpSecret) -> Client {
        let browser = self.visitor();
        assert_eq!(sign_in(&browser, person).await.location().as_deref(), Some("/sign-in/code"));
        let form = browser.get("/sign-in/code").await.form("Sign in").fill("code", &self.next_code(secret));
        let entered = browser.submit(&form).await;
        assert_eq!(entered.status, 303, "{}", entered.text());
        browser
    }

    /// Gives the password, and a code where there is a secret, on the page that a request led to; what comes after.
    pub async fn confirm(&self, browser: &Client, asked: View, secret: Option<&TotpSecret>) -> View {
        assert!(asked.location().unwrap().starts_with("/confirm?"), "{:?}", asked.location());
        let mut form = browser.follow(asked).await.form("Confirm").fill("password", PASSWORD);
        if let Some(secret) = secret {
            form = form.fill("code", &self.next_code(secret));
        }
        let confirmed = browser.submit(&form).await;
        assert_eq!(confirmed.status, 303, "{}", confirmed.text());
        browser.follow(confirmed).await
    }
}
