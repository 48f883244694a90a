//! The list read from every region that is asked, at once.

use crate::accounts::listing::{Page, Search, Start, merge, page_of_region};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::site::Site;
use crate::kernel::time::Timestamp;
use crate::regions::directory;

use super::asked::Wanted;

/// Puts the account in the place of the address that was typed: the directory knows it by its digest alone.
pub async fn resolve(site: &Site, mut wanted: Wanted) -> Result<Wanted, PageError> {
    let Some(email) = wanted.email.take() else { return Ok(wanted) };
    let digest = directory::address_digest(&site.keyring, &email);
    let row = site.regions.directory.read(move |db| directory::by_address(db, &digest)).await?;
    let row = row.filter(|row| wanted.region.is_none_or(|region| region == row.region));
    wanted.region = row.as_ref().map_or(wanted.region, |row| Some(row.region));
    wanted.filter.search = Some(row.map_or(Search::Nobody, |row| Search::Account(row.account_id)));
    Ok(wanted)
}

/// One page of all regions.
pub async fn page(site: &Site, now: Timestamp, wanted: &Wanted, start: Start, rows: usize) -> Result<Page, PageError> {
    let request = wanted.request(start, rows);
    let asked = site.regions.served().filter(|(region, _)| wanted.region.is_none_or(|wanted| wanted == *region));
    let mut readings = Vec::new();
    for (region, store) in asked {
        let (store, filter, request) = (store.clone(), wanted.filter.clone(), request.clone());
        let read = async move { store.read(move |db| page_of_region(db, now, &filter, &request)).await };
        readings.push((region, actix_web::rt::spawn(read)));
    }
    let mut shares = Vec::new();
    for (region, reading) in readings {
        let share: Result<_, DbError> =
            reading.await.map_err(|stopped| PageError::Internal(format!("reading a list stopped: {stopped}")))?;
        shares.push((region, share?));
    }
    Ok(merge(shares, &request))
}
