//! Who is sending: whoever holds a key of a project that may add data.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::headers::text;
use super::refusal::Refusal;
use crate::api::rates;
use crate::crypto::api_key;
use crate::db::Store;
use crate::http::origin;
use crate::http::site::Site;
use crate::ingestion::intake::Sender;
use crate::kernel::origin::Origin;
use crate::projects::api_keys::{self, Refused};
use crate::projects::key_role::KeyAction;

pub struct Caller {
    pub store: Store,
    pub sender: Sender,
    /// The project, for clients that know it by number.
    pub project_number: i64,
    pub origin: Origin,
}

/// Asks the database each time, so that a revocation counts from the next request.
pub async fn look_up(site: &Data<Site>, request: &HttpRequest) -> Result<Caller, Refusal> {
    let key = text(request, "x-api-key")?.ok_or(Refusal::UnknownKey)?;
    let parsed = api_key::parse(key).ok_or(Refusal::UnknownKey)?;
    let region = parsed.region;
    let Some(store) = site.regions.store(region) else {
        let elsewhere = site.regions.address_of(region);
        return Err(elsewhere.map_or(Refusal::UnknownKey, |url| Refusal::Elsewhere(region.as_str(), url.to_owned())));
    };
    let (now, origin) = (site.clock.now(), origin::of(request, site.config.trusted_proxies));
    let address = origin.address;
    let verified = api_keys::verify_at(store, parsed.digest, address, now).await?;
    let verified = verified.map_err(|refused| match refused {
        Refused::Unknown => Refusal::UnknownKey,
        Refused::Expired => Refusal::ExpiredKey,
        Refused::Network => Refusal::Network,
    })?;
    rates::count(request, &rates::Caller::of_key(region, &verified)).await?;
    let (Some(project), Some(project_number)) = (verified.project, verified.project_number) else {
        return Err(Refusal::WorkspaceKey);
    };
    if !verified.may(KeyAction::AddData) {
        return Err(Refusal::Role);
    }
    site.key_uses.note(region, &verified, now, address, &origin.agent);
    let sender = Sender { region, project, api_key: Some(verified.id) };
    Ok(Caller { store: store.clone(), sender, project_number, origin })
}
