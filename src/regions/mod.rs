//! Which region is served here, and the directory that holds what must be unique everywhere.
//!
//! Rule: the directory knows names and keyed digests, never the text of an address. Only signing in and signing up ask
//! it; everything after touches one region.

pub mod administrators;
pub mod decoys;
pub mod device_requests;
pub mod directory;
pub mod named_keys;
pub mod service_tokens;

use std::collections::BTreeMap;

use crate::db::Store;
use crate::kernel::region::Region;

/// The databases of this instance.
#[derive(Clone, Debug)]
pub struct Regions {
    pub directory: Store,
    served: BTreeMap<Region, Store>,
    elsewhere: BTreeMap<Region, String>,
}

impl Regions {
    pub fn new(directory: Store, served: BTreeMap<Region, Store>, elsewhere: BTreeMap<Region, String>) -> Self {
        Self { directory, served, elsewhere }
    }

    /// The region's database, when it is served here.
    pub fn store(&self, region: Region) -> Option<&Store> {
        self.served.get(&region)
    }

    /// The regions served here, in the order of their names.
    pub fn served(&self) -> impl Iterator<Item = (Region, &Store)> {
        self.served.iter().map(|(region, store)| (*region, store))
    }

    /// Every region a person may choose, with the address of those served elsewhere.
    pub fn choices(&self) -> Vec<(Region, Option<&str>)> {
        let here = self.served.keys().map(|region| (*region, None));
        let there = self.elsewhere.iter().map(|(region, url)| (*region, Some(url.as_str())));
        let mut all: Vec<_> = here.chain(there).collect();
        all.sort_unstable();
        all
    }

    /// The one region there is; with it nobody is asked.
    pub fn only(&self) -> Option<Region> {
        match (self.served.len(), self.elsewhere.len()) {
            (1, 0) => self.served.keys().next().copied(),
            _ => None,
        }
    }

    /// The address of a region that is served elsewhere.
    pub fn address_of(&self, region: Region) -> Option<&str> {
        self.elsewhere.get(&region).map(String::as_str)
    }
}
