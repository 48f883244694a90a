//! Who is calling: the holder of a workspace's key.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Refusal;
use crate::api::rates;
use crate::crypto::act::Act;
use crate::crypto::api_key;
use crate::db::{Db, DbError, Store};
use crate::http::origin;
use crate::http::site::Site;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::projects::api_keys;
use crate::workspaces::workspace::{self, Workspace, WorkspaceKind};

pub struct Caller {
    pub site: Data<Site>,
    pub act: Act,
    pub region: Region,
    pub store: Store,
    pub workspace: Workspace,
}

impl Caller {
    /// The person, when the workspace is somebody's own.
    pub fn person(&self) -> Option<AccountId> {
        (self.workspace.kind == WorkspaceKind::Personal).then(|| self.workspace.id.as_person())
    }

    pub fn id(&self) -> WorkspaceId {
        self.workspace.id
    }

    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.store.read(work).await?)
    }
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { look_up(&request).await })
    }
}

async fn look_up(request: &HttpRequest) -> Result<Caller, Refusal> {
    let site = request.app_data::<Data<Site>>().ok_or(Refusal::NotFound)?.clone();
    let parsed = api_key::parse(bearer(request).ok_or(Refusal::NoKey)?).ok_or(Refusal::InvalidKey)?;
    let store = site.regions.store(parsed.region).ok_or(Refusal::InvalidKey)?.clone();
    let act = site.act(origin::of(request, site.config.trusted_proxies));
    let (now, address) = (act.now, act.origin.address);
    let found = api_keys::verify_at(&store, parsed.digest, address, now).await?;
    let key = found.ok().filter(|key| key.project.is_none()).ok_or(Refusal::InvalidKey)?;
    rates::count(request, &rates::Caller::of_key(parsed.region, &key)).await?;
    site.key_uses.note(parsed.region, &key, now, address, &act.origin.agent);
    let workspace = store.glance(move |db| workspace::by_id(db, key.workspace)).await?;
    let workspace = workspace.ok_or(Refusal::InvalidKey)?;
    Ok(Caller { site, act, region: parsed.region, store, workspace })
}

/// RFC 6750: the scheme's name in any case. An empty header counts as absent.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = header.trim().split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
