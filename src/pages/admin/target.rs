//! The account that a page of the administration is about: named with its region, so that no other region is asked.

use actix_web::web::Path;

use crate::db::Store;
use crate::http::error::PageError;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::links;
use crate::sessions::account::{self, Account};

/// `{region}/{id}` as they stand in the address.
pub type Address = Path<(String, String)>;

pub struct Target {
    pub region: Region,
    pub store: Store,
    pub account: Account,
    /// Administrators do not suspend or delete themselves here.
    pub is_self: bool,
}

/// The account at this address; 404 for any other.
pub async fn find(here: &Administrator, address: Address) -> Result<Target, PageError> {
    let (region, id) = address.into_inner();
    let (region, store) = served(here, &region)?;
    let id: AccountId = id.parse().map_err(|_| PageError::NotFound)?;
    let account = store.read(move |db| account::by_id(db, id)).await?.ok_or(PageError::NotFound)?;
    Ok(Target { region, store, account, is_self: id == here.account.id })
}

/// A region by its word, when it is served here.
pub fn served(here: &Administrator, region: &str) -> Result<(Region, Store), PageError> {
    let region: Region = region.parse().map_err(|_| PageError::NotFound)?;
    let store = here.site.regions.store(region).cloned().ok_or(PageError::NotFound)?;
    Ok((region, store))
}

impl Target {
    pub fn link(&self) -> String {
        links::admin_account(self.region, self.account.id)
    }

    /// Back to the account's page, with a sentence on what was done.
    pub fn done(&self, here: &Administrator, sentence: &str) -> actix_web::HttpResponse {
        here.site.wake.notify_one();
        here.done(&self.link(), sentence)
    }

    /// Back to the account's page, which will show how things stand now.
    pub fn refused(&self, here: &Administrator, sentence: &str) -> actix_web::HttpResponse {
        crate::http::flash::set(&here.cookie, crate::http::page::FlashKind::Warn, sentence);
        Visitor::redirect(&self.link())
    }
}
