//! Puts the frame around a page: from the site, and from whoever is signed in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::guards::{SignedIn, Visitor};
use super::links;
use super::places::InWorkspace;
use crate::access::Membership;
use crate::crypto::form_token;
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::page::{PageFrame, Person, PlaceLink};
use crate::http::site::Site;
use crate::http::tabs::{self, Tabs};
use crate::http::{assets, flash, session_cookie};
use crate::kernel::id::WorkspaceId;
use crate::sessions::account::{Account, Status, Theme};

/// A page as an answer.
pub fn html(status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
    let body = page.render()?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body))
}

/// The frame of pages that know nobody: the door and errors.
pub(super) fn bare(site: &Site, title: &str, description: &str) -> PageFrame {
    PageFrame {
        product: site.config.name.clone(),
        home_url: site.config.home_url.clone(),
        host: host_of(&site.config.public_url),
        title: title.to_owned(),
        description: description.to_owned(),
        has_error: false,
        theme: None,
        person: None,
        tabs: None,
        flash: None,
        form_token: String::new(),
        request_id: String::new(),
        time_zone: "UTC".to_owned(),
        address_of: assets::address,
    }
}

impl Visitor {
    /// The frame of a page behind the door.
    pub fn page(&self, title: &str, description: &str) -> PageFrame {
        let seed = session_cookie::seed(&self.cookie, &self.act.chance);
        PageFrame {
            flash: flash::take(&self.cookie),
            form_token: form_token::issue(&self.act.keyring, &self.act.chance, &seed),
            request_id: self.act.origin.request_id.clone(),
            ..bare(&self.site, title, description)
        }
    }
}

impl SignedIn {
    /// The frame of a settings tab; `tab` is the word of its address.
    pub fn page(&self, tab: &str, title: &str, description: &str) -> PageFrame {
        self.framed(Some(tabs::settings(tab)), title, description)
    }

    /// The frame of a page behind the door, for somebody who is inside already.
    pub fn door_page(&self, title: &str, description: &str) -> PageFrame {
        PageFrame { person: None, ..self.framed(None, title, description) }
    }

    /// The frame of a page of the administration.
    pub fn admin_page(&self, tab: &str, title: &str, description: &str) -> PageFrame {
        self.framed(Some(tabs::admin(tab)), title, description)
    }

    /// The frame of an organization's tab that a person's own workspace has too; `tab` is the word of its address.
    pub fn shared_page(
        &self,
        name: &str,
        membership: &Membership,
        tab: &str,
        title: &str,
        description: &str,
    ) -> PageFrame {
        self.framed_at(name, Some(tabs::organization(name, tab, membership)), title, description)
    }

    /// The frame of a project's tab.
    pub fn project_page(&self, workspace: &str, tabs: Tabs, title: &str, description: &str) -> PageFrame {
        self.framed_at(workspace, Some(tabs), title, description)
    }

    /// The frame of a page that stands alone.
    pub fn page_without_tabs(&self, title: &str, description: &str) -> PageFrame {
        self.framed(None, title, description)
    }

    fn framed(&self, tabs: Option<Tabs>, title: &str, description: &str) -> PageFrame {
        self.framed_at(self.account.username.as_str(), tabs, title, description)
    }

    /// `place` is the workspace one is in, which the switcher names.
    fn framed_at(&self, place: &str, tabs: Option<Tabs>, title: &str, description: &str) -> PageFrame {
        let seed = session_cookie::seed(&self.cookie, &self.act.chance);
        PageFrame {
            theme: match self.account.theme {
                Theme::System => None,
                Theme::Light => Some("light"),
                Theme::Dark => Some("dark"),
            },
            person: Some(Person {
                name: self.account.name.clone(),
                email: self.account.email.clone(),
                username: self.account.username.to_string(),
                face: face_of(&self.account),
                is_administrator: self.account.is_administrator,
                region_title: self.region.title(),
                places: self.place_links(place),
            }),
            tabs,
            flash: self.flash.clone(),
            form_token: form_token::issue(&self.act.keyring, &self.act.chance, &seed),
            request_id: self.act.origin.request_id.clone(),
            time_zone: self.account.time_zone.clone(),
            ..bare(&self.site, title, description)
        }
    }
}

impl SignedIn {
    /// One's own first, then the organizations that can be entered.
    fn place_links(&self, current: &str) -> Vec<PlaceLink> {
        let own = self.account.username.as_str();
        let personal = PlaceLink::new(own, "Personal", face_of(&self.account), current);
        let open = self.places.iter().filter(|mine| mine.is_listed());
        let shared = open.map(|mine| {
            let face = face_of_organization(mine.id, &mine.name, &mine.title, mine.photo.as_deref());
            PlaceLink::new(&mine.name, mine.role.title(), face, current)
        });
        std::iter::once(personal).chain(shared).collect()
    }
}

impl InWorkspace {
    /// The frame of a page inside the workspace.
    pub fn framed_in(&self, tabs: Option<Tabs>, title: &str, description: &str) -> PageFrame {
        self.here.framed_at(self.name(), tabs, title, description)
    }
}

/// The photo, or initials on a colour. The photo of an account that is not in use is shown to nobody.
pub fn face_of(account: &Account) -> Face {
    let photo = account
        .photo
        .as_deref()
        .filter(|_| account.status == Status::Active)
        .map(|version| links::photo(account.id.personal_workspace(), version, 128));
    Face::of(&account.name, account.username.as_str(), photo)
}

/// The same of an organization that can be entered; of another one the picture is shown to nobody.
pub fn face_of_organization(id: WorkspaceId, name: &str, title: &str, photo: Option<&str>) -> Face {
    Face::of(title, name, photo.map(|version| links::photo(id, version, 128)))
}

fn host_of(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
