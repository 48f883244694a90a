//! A workspace's projects, and the tabs of one.
//!
//! Rule: what somebody may not do is not on their page, and refused when it is sent all the same.

pub mod artifacts;
pub mod delete;
pub mod new;
pub mod overview;
pub mod samples;
pub mod settings;
pub mod trash;

use crate::access::action::EditProjects;
use crate::http::page::PageFrame;
use crate::http::tabs;
use crate::pages::places::InProject;

impl InProject {
    /// The frame of one of the project's tabs.
    pub fn project_tab(&self, tab: &str, title: &str, description: &str) -> PageFrame {
        let may_edit = self.membership().may::<EditProjects>();
        self.framed_in(Some(tabs::project(self.name(), &self.project.slug, tab, may_edit)), title, description)
    }
}
