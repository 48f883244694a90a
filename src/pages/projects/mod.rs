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

use crate::http::page::PageFrame;
use crate::pages::places::InProject;

impl InProject {
    /// The frame of one of the project's tabs.
    pub fn project_tab(&self, tab: &str, title: &str, description: &str) -> PageFrame {
        self.here.project_page(self.name(), &self.project.slug, tab, title, description)
    }
}
