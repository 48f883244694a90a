//! Where else a person can be found: seven kinds of links.
//!
//! Rule: what is stored is a handle, or an https address of the right site, so that no link of a profile can run a
//! script, leave the person's own site in disguise, or lead to somewhere its label does not say.

use std::collections::BTreeMap;

use url::{Host, Url};

use crate::kernel::names::is_invisible;
use crate::text_enum;

text_enum! {
    pub enum Site {
        GitHub = "github",
        LinkedIn = "linkedin",
        X = "x",
        YouTube = "youtube",
        Scholar = "scholar",
        Discord = "discord",
        Website = "website",
    }
}

const MOST_CHARACTERS: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    #[error("Use at most {MOST_CHARACTERS} characters.")]
    TooLong,
    #[error("Begin the address with https://, for example https://example.com.")]
    NotHttps,
    #[error("This is not an address that can be linked to.")]
    NotAnAddress,
    #[error("This address is not at {0}.")]
    Elsewhere(&'static str),
    #[error("Enter the handle alone, or the full https address.")]
    NotAHandle,
}

impl Site {
    pub const fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::LinkedIn => "LinkedIn",
            Self::X => "X",
            Self::YouTube => "YouTube",
            Self::Scholar => "Google Scholar",
            Self::Discord => "Discord",
            Self::Website => "Website",
        }
    }

    /// Hosts whose addresses are this site's; the first is the one shown.
    const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["github.com", "www.github.com"],
            Self::LinkedIn => &["linkedin.com", "www.linkedin.com"],
            Self::X => &["x.com", "www.x.com", "twitter.com", "www.twitter.com", "mobile.twitter.com"],
            Self::YouTube => &["youtube.com", "www.youtube.com", "m.youtube.com"],
            Self::Scholar => &["scholar.google.com"],
            Self::Discord => &["discord.com", "www.discord.com", "discord.gg"],
            Self::Website => &[],
        }
    }

    /// What stands before the handle in the site's own addresses, if its handles have addresses at all.
    const fn before_handle(self) -> Option<&'static str> {
        match self {
            Self::GitHub | Self::X => Some("/"),
            Self::LinkedIn => Some("/in/"),
            Self::YouTube => Some("/@"),
            Self::Scholar => Some("/citations?user="),
            Self::Discord | Self::Website => None,
        }
    }

    fn is_handle(self, text: &str) -> bool {
        let made_of = |others: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
        let long = |least: usize, most: usize| (least..=most).contains(&text.chars().count());
        match self {
            Self::GitHub => long(1, 39) && made_of("-") && !text.starts_with('-') && !text.ends_with('-'),
            Self::X => long(1, 15) && made_of("_"),
            Self::YouTube => long(3, 30) && made_of("._-"),
            Self::Scholar => long(6, 30) && made_of("_-"),
            Self::Discord => long(2, 32) && made_of("._"),
            Self::LinkedIn => long(3, 100) && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'),
            Self::Website => false,
        }
    }

    /// What is to be stored for what was typed; empty stays empty.
    pub fn parse(self, typed: &str) -> Result<String, BadLink> {
        let text = typed.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        if text.len() > MOST_CHARACTERS * 4 || text.chars().count() > MOST_CHARACTERS {
            return Err(BadLink::TooLong);
        }
        if self.is_handle(text) {
            return Ok(text.to_owned());
        }
        if let Some(handle) = text.strip_prefix('@').filter(|rest| self.is_handle(rest)) {
            return Ok(handle.to_owned());
        }
        if text.chars().any(|c| c.is_whitespace() || c == '\\' || is_invisible(c)) {
            return Err(BadLink::NotAnAddress);
        }
        self.parse_address(text)
    }

    fn parse_address(self, text: &str) -> Result<String, BadLink> {
        // The site's own addresses are often copied without their beginning.
        let lower = text.to_lowercase();
        let bare = self.hosts().iter().any(|host| lower.strip_prefix(host).is_some_and(|rest| rest.starts_with('/')));
        let full = if bare { format!("https://{text}") } else { text.to_owned() };
        let has_scheme = full.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        if !has_scheme {
            let is_address = self == Self::Website || full.contains("//") || full.contains(':');
            return Err(if is_address { BadLink::NotHttps } else { BadLink::NotAHandle });
        }
        let url = Url::parse(&full).map_err(|_| BadLink::NotAnAddress)?;
        let Some(Host::Domain(host)) = url.host() else { return Err(BadLink::NotAnAddress) };
        if !url.username().is_empty() || url.password().is_some() || full[8..].contains('@') && !is_path_at(&full) {
            return Err(BadLink::NotAnAddress);
        }
        if !host.contains('.') || host.ends_with('.') {
            return Err(BadLink::NotAnAddress);
        }
        if let Some(shown) = self.hosts().first()
            && (!self.hosts().contains(&host) || url.port().is_some())
        {
            return Err(BadLink::Elsewhere(shown));
        }
        let stored = self.handle_in(&url).unwrap_or_else(|| url.to_string());
        if stored.chars().count() > MOST_CHARACTERS { Err(BadLink::TooLong) } else { Ok(stored) }
    }

    /// The handle, when the address is nothing but the page of a handle.
    fn handle_in(self, url: &Url) -> Option<String> {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", url.path().trim_end_matches('/'));
        let handle = path.strip_prefix(self.before_handle()?)?;
        // Scholar's addresses carry the reader's language too.
        let handle = handle.split_once("&hl=").map_or(handle, |(before, _)| before);
        self.is_handle(handle).then(|| handle.to_owned())
    }

    /// Where a stored handle or address leads; `None` for a handle that has no page.
    pub fn address(self, stored: &str) -> Option<String> {
        if stored.starts_with("https://") {
            return Some(stored.to_owned());
        }
        let (host, before) = (self.hosts().first()?, self.before_handle()?);
        (!stored.is_empty()).then(|| format!("https://{host}{before}{stored}"))
    }
}

/// An `@` that stands behind the host, as in `https://youtube.com/@ada`.
fn is_path_at(full: &str) -> bool {
    let behind_scheme = full.get(8..).unwrap_or_default();
    let host_ends = behind_scheme.find(['/', '?', '#']).unwrap_or(behind_scheme.len());
    !behind_scheme[..host_ends].contains('@')
}

/// The links of one person, as stored: a JSON object of those that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(BTreeMap<Site, String>);

impl Links {
    pub fn set(&mut self, site: Site, stored: String) {
        if stored.is_empty() {
            self.0.remove(&site);
        } else {
            self.0.insert(site, stored);
        }
    }

    pub fn get(&self, site: Site) -> &str {
        self.0.get(&site).map_or("", String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Site, &str)> {
        self.0.iter().map(|(site, stored)| (*site, stored.as_str()))
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Kinds that this version does not know are left out.
    pub fn from_json(json: &str) -> Self {
        let all: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
        Self(all.into_iter().filter_map(|(site, stored)| Some((site.parse().ok()?, stored))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sites_own_address_becomes_the_handle() {
        for (site, typed, stored) in [
            (Site::GitHub, "ada-marchetti", "ada-marchetti"),
            (Site::GitHub, " @ada-marchetti ", "ada-marchetti"),
            (Site::GitHub, "https://github.com/ada-marchetti/", "ada-marchetti"),
            (Site::GitHub, "github.com/ada", "ada"),
            (Site::GitHub, "https://github.com/orgs/tidewater", "https://github.com/orgs/tidewater"),
            (Site::LinkedIn, "https://www.linkedin.com/in/ada-marchetti", "ada-marchetti"),
            (Site::X, "https://twitter.com/ada_m", "ada_m"),
            (Site::YouTube, "https://youtube.com/@ada", "ada"),
            (Site::YouTube, "https://www.youtube.com/channel/UC123", "https://www.youtube.com/channel/UC123"),
            (Site::Scholar, "https://scholar.google.com/citations?user=qc6CJjYAAAAJ&hl=en", "qc6CJjYAAAAJ"),
            (Site::Discord, "ada.m", "ada.m"),
            (Site::Website, "https://Marchetti.example/me?a=b", "https://marchetti.example/me?a=b"),
            (Site::Website, "", ""),
        ] {
            assert_eq!(site.parse(typed).as_deref(), Ok(stored), "{site} {typed}");
        }
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for typed in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "http://github.com/ada",
            "https://github.com@evil.example/",
            "https://ada:pw@github.com/",
            "https://github.com.evil.example/ada",
            "https://evil.example/github.com/ada",
            "https:github.com/ada",
            "https://github.com:8443/ada",
            "https://github.com\\@evil.example/",
            "https://\u{202E}github.com/ada",
            "https://[::1]/ada",
            "https://127.0.0.1/",
            "https://localhost/",
            "vbscript:x",
            " java\tscript:alert(1)",
            "<script>",
            "\"><img src=x onerror=alert(1)>",
            "a b",
            "-ada",
            "https://",
            "https:///github.com/ada",
            "https://github.com%2f@evil.example/",
        ] {
            // The parser reads `https:///github.com/ada` as browsers do.
            assert!(Site::GitHub.parse(typed).is_err() || typed == "https:///github.com/ada", "{typed}");
            assert!(Site::Website.parse(typed).is_err() || typed.starts_with("https://"), "{typed}");
        }
        assert_eq!(Site::Website.parse("marchetti.example"), Err(BadLink::NotHttps));
        assert_eq!(Site::Website.parse("https://user@marchetti.example"), Err(BadLink::NotAnAddress));
        assert_eq!(Site::Website.parse(&format!("https://a.example/{}", "x".repeat(200))), Err(BadLink::TooLong));
    }

    #[test]
    fn links_survive_storage_and_lead_to_their_site() {
        let mut links = Links::default();
        links.set(Site::GitHub, "ada".to_owned());
        links.set(Site::X, String::new());
        assert_eq!(links.to_json(), r#"{"github":"ada"}"#);
        assert_eq!(Links::from_json(&links.to_json()), links);
        assert_eq!(Site::GitHub.address("ada").as_deref(), Some("https://github.com/ada"));
        assert_eq!(Site::YouTube.address("ada").as_deref(), Some("https://youtube.com/@ada"));
        assert_eq!(Site::Discord.address("ada"), None);
    }
}
