//! The tabs beside a page. Only tabs that work are listed.

use askama::Template;

use crate::access::Membership;
use crate::access::action::{ManagePolicies, ManageWorkspaceKeys, SeeSecrets};

/// The tabs of one area. `label` names the area: Settings, Administration.
#[derive(Clone, Debug)]
pub struct Tabs {
    pub label: &'static str,
    pub groups: Vec<TabGroup>,
}

/// Tabs that stand together; a line parts the groups.
#[derive(Clone, Debug)]
pub struct TabGroup {
    pub tabs: Vec<Tab>,
}

#[derive(Clone, Debug)]
pub struct Tab {
    pub href: String,
    pub label: &'static str,
    pub icon: TabIcon,
    pub is_current: bool,
}

#[derive(Clone, Copy, Debug, Template)]
#[template(path = "parts/tab_icon.html")]
pub enum TabIcon {
    Person,
    Password,
    Shield,
    Computer,
    Gauge,
    People,
    Home,
    List,
    Key,
    Lock,
    Grid,
    Box,
    Sliders,
    Wave,
}

#[derive(Template)]
#[template(path = "parts/tabs.html")]
pub struct TabsBox<'a> {
    tabs: &'a Tabs,
}

/// `/settings/…`; `current` is the last word of the tab's address.
pub fn settings(current: &str) -> Tabs {
    let tab = |word: &str, label, icon| Tab::new("/settings/", word, label, icon, current);
    let person = vec![
        tab("account", "Account", TabIcon::Person),
        tab("password", "Password", TabIcon::Password),
        tab("mfa", "Multi-factor authentication", TabIcon::Shield),
        tab("sessions", "Sessions", TabIcon::Computer),
    ];
    let workspace = vec![
        tab("organizations", "Organizations", TabIcon::People),
        tab("billing", "Plans & Billing", TabIcon::Gauge),
        tab("secrets", "Secrets", TabIcon::Lock),
        tab("api-keys", "API keys", TabIcon::Key),
    ];
    Tabs { label: "Settings", groups: vec![TabGroup { tabs: person }, TabGroup { tabs: workspace }] }
}

/// `/{organization}/settings/…`; who may not look at a tab does not see it.
pub fn organization(name: &str, current: &str, membership: &Membership) -> Tabs {
    let base = format!("/{name}/settings/");
    let tab = |word: &str, label, icon| Tab::new(&base, word, label, icon, current);
    let mut tabs = vec![
        tab("profile", "Profile", TabIcon::Home),
        tab("members", "Members", TabIcon::People),
        tab("billing", "Plans & Billing", TabIcon::Gauge),
    ];
    if membership.may::<SeeSecrets>() {
        tabs.push(tab("secrets", "Secrets", TabIcon::Lock));
    }
    if membership.may::<ManageWorkspaceKeys>() {
        tabs.push(tab("api-keys", "API keys", TabIcon::Key));
    }
    if membership.may::<ManagePolicies>() {
        tabs.push(tab("policies", "Policies", TabIcon::Shield));
    }
    Tabs { label: "Settings", groups: vec![TabGroup { tabs }] }
}

/// `/admin/…`
pub fn admin(current: &str) -> Tabs {
    let tab = |word: &str, label, icon| Tab::new("/admin/", word, label, icon, current);
    let tabs = vec![
        tab("accounts", "Accounts", TabIcon::Person),
        tab("organizations", "Organizations", TabIcon::People),
        tab("jobs", "Jobs and mail", TabIcon::List),
        tab("doctor", "Health", TabIcon::Wave),
    ];
    Tabs { label: "Administration", groups: vec![TabGroup { tabs }] }
}

/// `/{workspace}/{project}/…`; the overview has no word of its own. Settings are for those who may change them.
pub fn project(workspace: &str, project: &str, current: &str, may_edit: bool) -> Tabs {
    let area = format!("/{workspace}/{project}/");
    let tab = |word: &str, label, icon| Tab::new(&area, word, label, icon, current);
    let overview = Tab { href: format!("/{workspace}/{project}"), ..tab("", "Overview", TabIcon::Grid) };
    let mut tabs = vec![
        overview,
        tab("data", "Data", TabIcon::Wave),
        tab("artifacts", "Artifacts", TabIcon::Box),
        tab("keys", "Keys", TabIcon::Key),
    ];
    if may_edit {
        tabs.push(tab("settings", "Settings", TabIcon::Sliders));
    }
    Tabs { label: "Project", groups: vec![TabGroup { tabs }] }
}

impl Tabs {
    pub fn current(&self) -> Option<&Tab> {
        self.groups.iter().flat_map(|group| &group.tabs).find(|tab| tab.is_current)
    }

    pub fn draw(&self) -> TabsBox<'_> {
        TabsBox { tabs: self }
    }
}

impl Tab {
    fn new(area: &str, word: &str, label: &'static str, icon: TabIcon, current: &str) -> Self {
        Self { href: format!("{area}{word}"), label, icon, is_current: word == current }
    }
}
