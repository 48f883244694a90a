//! The account page's form as typed: its check, and what becomes of it when another tab was quicker.

use serde::{Deserialize, Serialize};

use crate::accounts::profile::{self, Profile};
use crate::accounts::social::{Links, Site};
use crate::accounts::time_zones;
use crate::accounts::use_case::UseCase;
use crate::http::field_errors::FieldErrors;
use crate::kernel::names::{BadText, one_line, person_name};
use crate::pages::photo_form::PhotoTyped;
use crate::sessions::account::{Account, Theme};

const LONGEST_LINE: usize = 100;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountTyped {
    pub revision: String,
    /// What the page showed, as JSON of [`Fields`], so that a conflict can tell whose change is whose.
    pub seen: String,
    #[serde(flatten)]
    pub photo: PhotoTyped,
    pub name: String,
    pub job_title: String,
    pub company: String,
    pub bio: String,
    pub use_case: String,
    pub github: String,
    pub linkedin: String,
    pub x: String,
    pub youtube: String,
    pub scholar: String,
    pub discord: String,
    pub website: String,
    pub time_zone: String,
    pub theme: String,
}

/// The fields that are saved, in the order of the page.
const FIELDS: [(&str, &str); 14] = [
    ("name", "Name"),
    ("job_title", "Job title"),
    ("company", "Company"),
    ("bio", "Bio"),
    ("use_case", "Use case"),
    ("github", "GitHub"),
    ("linkedin", "LinkedIn"),
    ("x", "X"),
    ("youtube", "YouTube"),
    ("scholar", "Google Scholar"),
    ("discord", "Discord"),
    ("website", "Website"),
    ("time_zone", "Time zone"),
    ("theme", "Theme"),
];

/// The texts of [`FIELDS`].
#[derive(Serialize, Deserialize)]
struct Fields([String; 14]);

/// One field that was saved from somewhere else since this page was opened.
pub struct Newer {
    pub field: &'static str,
    pub label: &'static str,
    /// What is saved now, in words.
    pub saved: String,
    /// It was changed here too: the field keeps what was typed here.
    pub is_contested: bool,
}

impl AccountTyped {
    pub fn of(account: &Account) -> Self {
        let links = Links::from_json(&account.social);
        let link = |site| links.get(site).to_owned();
        let mut typed = Self {
            revision: account.revision.to_string(),
            name: account.name.clone(),
            job_title: account.job_title.clone(),
            company: account.company.clone(),
            bio: account.bio.clone(),
            use_case: account.use_case.clone(),
            github: link(Site::GitHub),
            linkedin: link(Site::LinkedIn),
            x: link(Site::X),
            youtube: link(Site::YouTube),
            scholar: link(Site::Scholar),
            discord: link(Site::Discord),
            website: link(Site::Website),
            time_zone: account.time_zone.clone(),
            theme: account.theme.to_string(),
            ..Self::default()
        };
        let shown = Fields(typed.fields().map(std::mem::take));
        typed.seen = serde_json::to_string(&shown).unwrap_or_default();
        for (field, text) in typed.fields().into_iter().zip(shown.0) {
            *field = text;
        }
        typed
    }

    /// Anything that is no number is a revision nobody has.
    pub fn revision(&self) -> i64 {
        self.revision.parse().unwrap_or(-1)
    }

    fn fields(&mut self) -> [&mut String; 14] {
        [
            &mut self.name,
            &mut self.job_title,
            &mut self.company,
            &mut self.bio,
            &mut self.use_case,
            &mut self.github,
            &mut self.linkedin,
            &mut self.x,
            &mut self.youtube,
            &mut self.scholar,
            &mut self.discord,
            &mut self.website,
            &mut self.time_zone,
            &mut self.theme,
        ]
    }

    /// All of it, or what is wrong, field by field.
    pub fn check(&self) -> (Option<Profile>, FieldErrors) {
        let mut errors = FieldErrors::new();
        let name = person_name(&self.name);
        let bio = profile::bio(&self.bio).map_err(|bad| match bad {
            BadText::TooShort(least) => format!("Write at least {least} characters, or leave it empty."),
            other => other.to_string(),
        });
        let name = errors.keep("name", "Name", name);
        let job_title = errors.keep("job_title", "Job title", one_line(&self.job_title, LONGEST_LINE));
        let company = errors.keep("company", "Company", one_line(&self.company, LONGEST_LINE));
        let bio = errors.keep("bio", "Bio", bio);
        let use_case = errors.keep("use_case", "Use case", self.use_case());
        let links = self.links(&mut errors);
        let zone = time_zones::known(&self.time_zone).ok_or("Choose a time zone of the list.");
        let time_zone = errors.keep("time_zone", "Time zone", zone);
        let theme = self.theme.parse::<Theme>().map_err(|_| "Choose one of the three.");
        let theme = errors.keep("theme", "Theme", theme);
        let profile = (|| {
            Some(Profile {
                name: name?,
                job_title: job_title?,
                company: company?,
                bio: bio?,
                use_case: use_case?,
                links: links?,
                time_zone: time_zone?,
                theme: theme?,
            })
        })();
        (profile, errors)
    }

    fn use_case(&self) -> Result<Option<UseCase>, &'static str> {
        match self.use_case.as_str() {
            "" => Ok(None),
            word => word.parse().map(Some).map_err(|_| "Choose one of the list."),
        }
    }

    fn links(&self, errors: &mut FieldErrors) -> Option<Links> {
        let typed = [
            (Site::GitHub, &self.github),
            (Site::LinkedIn, &self.linkedin),
            (Site::X, &self.x),
            (Site::YouTube, &self.youtube),
            (Site::Scholar, &self.scholar),
            (Site::Discord, &self.discord),
            (Site::Website, &self.website),
        ];
        let mut links = Links::default();
        let mut is_whole = true;
        for (site, text) in typed {
            match errors.keep(site.as_str(), site.title(), site.parse(text)) {
                Some(stored) => links.set(site, stored),
                None => is_whole = false,
            }
        }
        is_whole.then_some(links)
    }

    /// Another save was quicker. What it changed and this form did not is taken over; what was typed here stays, and the
    /// next press of the button saves it over what is there now. Says what was changed.
    pub fn take_over(&mut self, now: &Account) -> Vec<Newer> {
        let Self { revision, seen: seen_now, .. } = &Self::of(now);
        let mut saved_now = Self::of(now);
        let seen: Option<Fields> = serde_json::from_str(&self.seen).ok();
        let mut newer = Vec::new();
        let rows = FIELDS.iter().zip(self.fields()).zip(saved_now.fields()).enumerate();
        for (index, (((field, label), mine), saved)) in rows {
            let before = seen.as_ref().map(|seen| &seen.0[index]);
            if same_text(mine, saved) || before.is_some_and(|before| same_text(before, saved)) {
                continue;
            }
            let is_contested = before.is_none_or(|before| !same_text(before, mine));
            if !is_contested {
                mine.clone_from(saved);
            }
            newer.push(Newer { field, label, saved: in_words(field, saved), is_contested });
        }
        if newer.is_empty() {
            newer.push(Newer { field: "photo", label: "Photo", saved: String::new(), is_contested: false });
        }
        self.revision.clone_from(revision);
        self.seen.clone_from(seen_now);
        newer
    }
}

/// Browsers send line ends in their own way.
fn same_text(a: &str, b: &str) -> bool {
    a.trim().replace("\r\n", "\n") == b.trim().replace("\r\n", "\n")
}

fn in_words(field: &str, saved: &str) -> String {
    match field {
        "use_case" => saved.parse().map(|case: UseCase| case.title().to_owned()).unwrap_or_default(),
        "time_zone" => time_zones::title(saved),
        _ => saved.to_owned(),
    }
}
