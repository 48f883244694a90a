//! Who somebody says they are: the account behind a typed username or address, if there is one.

use crate::crypto::act::Act;
use crate::crypto::keyring::Keyring;
use crate::db::{Db, DbError};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::regions::directory::{self, Hold};
use crate::regions::{Regions, decoys};

#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// The account, as far as the directory knows. It may be missing in its region, or not be confirmed.
    pub account: Option<(AccountId, Region)>,
    /// A sign-up that can only look like one (see [`decoys`]).
    pub decoy: Option<(AccountId, Region)>,
    /// The directory still takes the account for an unconfirmed one.
    pub is_held: bool,
}

/// Looks up what was typed at sign-in.
pub async fn of(regions: &Regions, act: &Act, login: &str) -> Result<Claim, DbError> {
    let (keyring, login) = (act.keyring.clone(), login.to_owned());
    regions.directory.read(move |db| look_up(db, &keyring, &login)).await
}

fn look_up(db: &mut Db, keyring: &Keyring, login: &str) -> Result<Claim, DbError> {
    if login.contains('@') {
        let Ok(address) = EmailAddress::parse(login) else { return Ok(Claim::default()) };
        let row = directory::by_address(db, &directory::address_digest(keyring, &address))?;
        let decoy = decoys::of_address(db, keyring, &address)?;
        let is_held = row.as_ref().is_some_and(|row| row.state == Hold::Held);
        return Ok(Claim { account: row.map(|row| (row.account_id, row.region)), decoy, is_held });
    }
    let Ok(name) = Username::parse(login) else { return Ok(Claim::default()) };
    let Some(row) = directory::by_name(db, name.as_str())? else { return Ok(Claim::default()) };
    if row.kind != directory::NameKind::Account {
        return Ok(Claim::default());
    }
    let is_held = row.state == Hold::Held;
    let owner = Some((row.owner_id, row.region));
    Ok(Claim { account: owner, decoy: owner.filter(|_| is_held), is_held })
}
