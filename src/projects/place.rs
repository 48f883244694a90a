//! Where keys belong: a project, or a workspace as a whole. What it is called and where its keys are looked after.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{projects, workspaces};
use crate::kernel::id::{ProjectId, WorkspaceId};
use diesel::QueryResult;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub workspace: WorkspaceId,
    /// The first word of its addresses.
    pub workspace_name: String,
    pub is_personal: bool,
    pub project: Option<InPlace>,
}

/// The project, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPlace {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
}

impl Place {
    /// The page of its keys.
    pub fn path(&self) -> String {
        match &self.project {
            Some(project) => format!("/{}/{}/keys", self.workspace_name, project.slug),
            None if self.is_personal => "/settings/api-keys".to_owned(),
            None => format!("/{}/settings/api-keys", self.workspace_name),
        }
    }

    /// `the project gripper-vision of tidewater-robotics`
    pub fn words(&self) -> String {
        match &self.project {
            Some(project) => format!("the project {} of {}", project.name, self.workspace_name),
            None => format!("the workspace {}", self.workspace_name),
        }
    }

    pub fn project_id(&self) -> Option<ProjectId> {
        self.project.as_ref().map(|project| project.id)
    }
}

/// `None` when the workspace is gone.
pub fn of(db: &mut Db, workspace: WorkspaceId, project: Option<ProjectId>) -> QueryResult<Option<Place>> {
    let found: Option<(String, String)> =
        workspaces::table.find(workspace).select((workspaces::name, workspaces::kind)).first(db).optional()?;
    let Some((workspace_name, kind)) = found else { return Ok(None) };
    let project = match project {
        None => None,
        Some(id) => {
            let found: (String, String) =
                projects::table.find(id).select((projects::slug, projects::name)).first(db)?;
            Some(InPlace { id, slug: found.0, name: found.1 })
        }
    };
    Ok(Some(Place { workspace, workspace_name, is_personal: kind == "personal", project }))
}
