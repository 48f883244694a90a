//! A new project: its name, and the word it has in addresses for good.

use diesel::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::project::{Project, Signing, Visibility};
use crate::access::Permit;
use crate::access::action::EditProjects;
use crate::activity::{self, Event, ProjectEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{projects, workspaces};
use crate::kernel::id::{ProjectId, WorkspaceId};
use crate::kernel::names::{BadText, several_lines, thing_name};
use crate::load_to_change;
use crate::workspaces::numbers;
use diesel::QueryResult;

/// Second words of addresses below a workspace, now or planned. A test holds the route table against this list.
pub const RESERVED_SLUGS: &[&str] = &[
    "activity",
    "api",
    "api-keys",
    "artifacts",
    "billing",
    "data",
    "deleted",
    "edit",
    "export",
    "invitations",
    "keys",
    "members",
    "new",
    "new-project",
    "photo",
    "policies",
    "projects",
    "secrets",
    "settings",
    "storage",
    "trash",
    "usage",
];

const LONGEST_SLUG: usize = 48;

/// Checked: holding one means that the texts may be shown to others.
#[derive(Clone, Debug)]
pub struct NewProject {
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
}

/// One line, 1 to 80 characters.
pub fn project_name(typed: &str) -> Result<String, BadText> {
    thing_name(typed, 80)
}

/// Some lines, up to 500 characters; may be empty.
pub fn description(typed: &str) -> Result<String, BadText> {
    several_lines(typed, 500)
}

pub fn create(db: &mut Db, act: &Act, permit: &Permit<EditProjects>, new: &NewProject) -> QueryResult<Project> {
    let slug = free_slug(db, permit.workspace, &new.name, None)?;
    let id: ProjectId = act.id();
    let project = Project {
        id,
        number: numbers::of(db, id.as_str())?,
        workspace_id: permit.workspace,
        slug,
        name: new.name.clone(),
        description: new.description.clone(),
        visibility: new.visibility,
        signing: Signing::Mark,
        replay_seconds: None,
        revision: 1,
        created_by: Some(permit.actor),
        created_at: act.now,
        deleted_at: None,
    };
    diesel::insert_into(projects::table).values(&project).execute(db)?;
    let event = Event::Project(ProjectEvent::Created { project: id, name: new.name.clone() });
    activity::record(db, act, permit.workspace, Some(permit.actor), &event)?;
    Ok(project)
}

/// The name as a word that no project of this workspace has, but for the one it is for. One in the trash keeps its word:
/// it comes back under its address, and nobody finds its minutes under another's. Holds the workspace until the
/// transaction ends, so that two projects of one name do not take the same.
pub fn free_slug(db: &mut Db, workspace: WorkspaceId, name: &str, own: Option<ProjectId>) -> QueryResult<String> {
    let held: Vec<WorkspaceId> =
        load_to_change!(db, workspaces::table.filter(workspaces::id.eq(workspace)).select(workspaces::id))?;
    if held.is_empty() {
        return Err(diesel::result::Error::NotFound);
    }
    let wanted = slug_of(name);
    let taken: Vec<(ProjectId, String)> = projects::table
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::slug.like(format!("{wanted}%")))
        .select((projects::id, projects::slug))
        .load(db)?;
    let is_taken = |slug: &String| taken.iter().any(|(id, word)| word == slug && Some(*id) != own);
    let is_free = |slug: &String| !RESERVED_SLUGS.contains(&slug.as_str()) && !is_taken(slug);
    let numbered = (2..).map(|n| format!("{wanted}-{n}"));
    let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
    candidates.find(is_free).ok_or(diesel::result::Error::NotFound)
}

/// Letters and digits in their plainest form, hyphens for all else; `project` when nothing is left.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.nfkd().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !unicode_normalization::char::is_combining_mark(c) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "project".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_word_for_addresses() {
        assert_eq!(slug_of("Gripper Vision"), "gripper-vision");
        assert_eq!(slug_of("  Détection d'objets (v2)! "), "detection-d-objets-v2");
        assert_eq!(slug_of("握り"), "project");
        assert_eq!(slug_of(&"a b".repeat(40)).len(), 48);
        assert!(RESERVED_SLUGS.is_sorted());
    }
}
