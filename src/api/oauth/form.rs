//! What a program sent, read with the care of a page's forms.
//!
//! Rule: nothing twice (RFC 6749, section 3.1), and nothing but a form.

use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};

use super::{CLIENTS, Refusal};
use crate::api::platform::body;
use crate::crypto::act::Act;
use crate::http::form::{self, Pairs};
use crate::http::origin;
use crate::http::site::Site;

pub struct Asked {
    pub site: Data<Site>,
    pub act: Act,
    pairs: Pairs,
}

impl Asked {
    pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Refusal> {
        let site = request.app_data::<Data<Site>>().ok_or(Refusal::Unavailable("there is no site".to_owned()))?.clone();
        let unread = |why: &str| Refusal::InvalidRequest(why.to_owned());
        form::check_type(request).map_err(|_| unread("Send a form: application/x-www-form-urlencoded."))?;
        let bytes = body::all(payload, body::SMALL).await?;
        let pairs = form::pairs(&bytes).map_err(|error| Refusal::InvalidRequest(error.to_string()))?;
        form::check_names(&pairs).map_err(|_| unread("Send each field once."))?;
        let act = site.act(origin::of(request, site.config.trusted_proxies));
        Ok(Self { site, act, pairs })
    }

    pub fn field(&self, name: &'static str) -> Result<&str, Refusal> {
        match form::field(&self.pairs, name) {
            "" => Err(Refusal::InvalidRequest(format!("{name} is missing."))),
            text => Ok(text),
        }
    }

    /// Whether the program is one that may ask at all.
    pub fn client(&self) -> Result<(), Refusal> {
        if CLIENTS.contains(&self.field("client_id")?) { Ok(()) } else { Err(Refusal::InvalidClient) }
    }
}
