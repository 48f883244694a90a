//! The frame of a page: what the layouts read. Plain data, put together once per request.
//!
//! Rule: no field here is optional out of laziness; `None` means that the part is not drawn.

use std::borrow::Cow;

use askama::Template;

use super::face::Face;
use super::tabs::Tabs;
use super::words;

/// How many characters of a title search engines and tabs show at most.
const TAB_TITLE: usize = 70;
/// So many say what the page is, however long the product's name is.
const TITLE_AT_LEAST: usize = 20;

/// The one value every layout reads, as `page`.
#[derive(Clone, Debug)]
pub struct PageFrame {
    /// What the instance calls itself, `Keystead` unless configured.
    pub product: String,
    /// The platform's own front page, if it has one.
    pub home_url: Option<String>,
    /// The host of the public address, without a scheme.
    pub host: String,
    pub title: String,
    /// One sentence: the page's description to search engines, and under the heading.
    pub description: String,
    /// The form came back with something to change; the title says so.
    pub has_error: bool,
    /// `light` or `dark`; `None` follows the system.
    pub theme: Option<&'static str>,
    /// Who is signed in. The door has nobody.
    pub person: Option<Person>,
    pub tabs: Option<Tabs>,
    pub flash: Option<Flash>,
    /// Hidden in every form that posts.
    pub form_token: String,
    /// The same id as in the log, for error pages.
    pub request_id: String,
    /// Whose clock the times follow: `UTC`, `Europe/Lisbon`.
    pub time_zone: String,
    /// From the name of a file in `static/` to its address with a hash in it.
    pub address_of: fn(&str) -> String,
}

/// Who is signed in, as far as the frame shows it.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub username: String,
    pub face: Face,
    pub is_administrator: bool,
    /// `Europe (eu)`
    pub region_title: &'static str,
    /// The workspaces they may switch to, their own first.
    pub places: Vec<PlaceLink>,
}

/// A workspace in the switcher.
#[derive(Clone, Debug)]
pub struct PlaceLink {
    pub name: String,
    /// What one is there: `Owner`; for one's own workspace `Personal`.
    pub role: &'static str,
    pub face: Face,
    pub is_current: bool,
}

impl PlaceLink {
    pub fn new(name: &str, role: &'static str, face: Face, current: &str) -> Self {
        Self { name: name.to_owned(), role, face, is_current: name == current }
    }
}

impl Person {
    /// The workspace one is in.
    pub fn place(&self) -> Option<&PlaceLink> {
        self.places.iter().find(|place| place.is_current)
    }
}

/// What happened on the page before, said once.
#[derive(Clone, Debug)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
    pub undo: Option<Undo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashKind {
    Good,
    Warn,
    Danger,
}

/// A form of one button: where it posts to, and its verb.
#[derive(Clone, Debug)]
pub struct Undo {
    pub action: String,
    pub label: &'static str,
}

/// One of several answers, in a select or among radio buttons.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: Cow<'static, str>,
    pub label: Cow<'static, str>,
    /// A sentence below the label; radio buttons only.
    pub note: Cow<'static, str>,
}

/// The two ways on from a part of a list.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// `Rows 1 to 25`
    pub words: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

#[derive(Template)]
#[template(path = "parts/top.html")]
pub struct Top<'a> {
    page: &'a PageFrame,
}

#[derive(Template)]
#[template(path = "parts/foot.html")]
pub struct Foot<'a> {
    page: &'a PageFrame,
}

#[derive(Template)]
#[template(path = "parts/flash.html")]
pub struct FlashBox<'a> {
    flash: &'a Flash,
    page: &'a PageFrame,
}

impl PageFrame {
    pub fn asset(&self, name: &str) -> String {
        (self.address_of)(name)
    }

    /// What the browser's tab says: as long as a title is read, whatever the page is about is called.
    pub fn tab_title(&self) -> String {
        let (start, end) = (if self.has_error { "Error: " } else { "" }, format!(" · {}", self.product));
        let rest = TAB_TITLE.saturating_sub(start.chars().count() + end.chars().count()).max(TITLE_AT_LEAST);
        format!("{start}{}{end}", words::beginning(&self.title, rest))
    }

    pub fn top(&self) -> Top<'_> {
        Top { page: self }
    }

    pub fn foot(&self) -> Foot<'_> {
        Foot { page: self }
    }

    /// Where the product's name leads.
    pub fn front(&self) -> &str {
        self.home_url.as_deref().unwrap_or("/settings/account")
    }

    fn themes(&self) -> [(&'static str, &'static str, bool); 3] {
        let is = |theme| self.theme == theme;
        [("system", "System", is(None)), ("light", "Light", is(Some("light"))), ("dark", "Dark", is(Some("dark")))]
    }
}

impl Flash {
    pub fn draw<'a>(&'a self, page: &'a PageFrame) -> FlashBox<'a> {
        FlashBox { flash: self, page }
    }
}

impl FlashKind {
    /// Also the word it is stored by.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Danger => "danger",
        }
    }

    pub fn of_class(class: &str) -> Self {
        match class {
            "good" => Self::Good,
            "danger" => Self::Danger,
            _ => Self::Warn,
        }
    }

    pub fn is_good(self) -> bool {
        self == Self::Good
    }
}

impl Choice {
    pub fn new(value: impl Into<Cow<'static, str>>, label: impl Into<Cow<'static, str>>) -> Self {
        Self { value: value.into(), label: label.into(), note: Cow::Borrowed("") }
    }

    #[must_use]
    pub fn with_note(self, note: impl Into<Cow<'static, str>>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub fn is(&self, value: &str) -> bool {
        self.value == value
    }
}

#[cfg(test)]
mod tests {
    use crate::http::samples::frame;

    #[test]
    fn a_title_is_as_long_as_a_tab_can_use_and_says_when_it_was_cut() {
        let titled = |title: &str, has_error: bool| {
            let page = super::PageFrame { has_error, ..frame(title, "") };
            page.tab_title()
        };
        assert_eq!(titled("Keys", false), "Keys · Keystead");
        assert_eq!(titled("Keys", true), "Error: Keys · Keystead");
        let long = titled(&"größe ".repeat(20), true);
        assert!(
            long.chars().count() <= 70 && long.starts_with("Error: größe") && long.ends_with("… · Keystead"),
            "{long}"
        );
        let exact = "x".repeat(70 - " · Keystead".chars().count());
        assert_eq!(titled(&exact, false), format!("{exact} · Keystead"));
        let product = "A product with a name that leaves no room at all for any page of it".to_owned();
        let page = super::PageFrame { product, ..frame("Multi-factor authentication", "") };
        assert!(page.tab_title().starts_with("Multi-factor authen… · "));
    }
}
