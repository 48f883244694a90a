//! The keys of a project of the demonstration, in every state that a list of keys shows.

use zeroize::Zeroizing;

use super::lives::{Lives, failed};
use super::teams::Team;
use crate::access::action::ManageKeys;
use crate::crypto::api_key;
use crate::db::Db;
use crate::http::site::Site;
use crate::kernel::id::ApiKeyId;
use crate::kernel::network::Networks;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, minutes};
use crate::projects::api_keys::{self, Maker, NewKey, Stamp};
use crate::projects::hmac_keys::{self, NewHmacKey};
use crate::projects::key_role::KeyRole;
use crate::projects::project::Project;
use crate::workspaces::WorkspaceError;

/// One that was made, and who asks with it how long ago.
pub struct Key {
    pub id: ApiKeyId,
    value: Zeroizing<String>,
    used: Option<(Timestamp, &'static str)>,
}

pub struct Keys {
    pub devices: Key,
    others: Vec<Key>,
    /// What devices sign with.
    pub signing: Zeroizing<String>,
}

pub fn make(site: &Site, lives: &Lives<'_>, team: &Team, project: &Project, at: Timestamp) -> Result<Keys, String> {
    let region = lives.people[team.owner()].region;
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    let stamp = Stamp { prefix: site.config.project_key_prefix.clone(), region };
    let maker = |db: &mut Db| {
        let permit = team.permit::<ManageKeys>(db, lives)?;
        Maker::in_project(&permit, project).ok_or(WorkspaceError::NotThere)
    };
    let maker = store.read_now(maker).map_err(failed)?;
    let make = |name: &str, role, is_development, ends: Option<u64>, used: Option<(Timestamp, &'static str)>| {
        let act = lives.act(at, team.owner());
        let new = NewKey {
            name: name.to_owned(),
            role,
            is_development,
            expires_at: ends.map(|ends| lives.now.plus(days(ends))),
            networks: Networks::default(),
        };
        let made = store.write_now(|db| api_keys::create(db, &act, &maker, &stamp, &new)).map_err(failed)?;
        let used = used.filter(|(when, _)| *when > at);
        Ok::<_, String>(Key { id: made.id, value: Zeroizing::new(made.value.reveal()), used })
    };
    let ago = |age| lives.now.minus(age);
    let devices = make(
        "Line 3 gateways",
        KeyRole::IngestionOnly,
        false,
        None,
        Some((ago(minutes(15)), "edge-impulse-linux/1.14.2")),
    )?;
    let trainer = make(
        "Nightly training",
        KeyRole::Admin,
        false,
        Some(5),
        Some((ago(days(1)), "trainer/2.3 python-requests/2.32")),
    )?;
    let dashboard = make("Dashboard in the hall", KeyRole::ReadOnly, false, None, Some((ago(days(97)), "curl/8.9.1")))?;
    let local = make("Local tools", KeyRole::Admin, true, Some(60), Some((ago(days(3)), "edge-impulse-cli/1.31.0")))?;
    let others = vec![trainer, dashboard, local];
    let act = lives.act(at.plus(minutes(5)), team.owner());
    let new = NewHmacKey { name: "Gateways".to_owned(), own: None, is_development: true };
    let signing = store.write_now(|db| hmac_keys::create(db, &act, &maker, &new)).map_err(failed)?;
    Ok(Keys { devices, others, signing: Zeroizing::new(signing.2.reveal()) })
}

/// As the programs that hold them do.
pub fn use_them(site: &Site, lives: &Lives<'_>, region: Region, keys: &Keys) -> Result<(), String> {
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    for key in std::iter::once(&keys.devices).chain(&keys.others) {
        let Some((at, agent)) = key.used else { continue };
        let parsed = api_key::parse(&key.value).ok_or_else(|| failed("a key cannot be read"))?;
        let address = lives.act(at, 40).origin.address;
        let verified = store.read_now(|db| api_keys::verify(db, &parsed.digest, address, at)).map_err(failed)?;
        let verified = verified.map_err(|refused| failed(refused.as_str()))?;
        site.key_uses.note(region, &verified, at, address, agent);
    }
    site.key_uses.write(&site.regions).map_err(failed)
}
