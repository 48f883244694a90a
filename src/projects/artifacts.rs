//! Artifacts: datasets and models that the platform registered with a project.
//!
//! Rule: a source names each of its things once, so that a call that is repeated registers nothing twice. What changes is
//! recorded with the workspace, as done by no person.

use diesel::prelude::*;

use crate::activity::{self, Event, ProjectEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::dialect::like_letters;
use crate::db::functions::lower;
use crate::db::schema::{artifacts, projects};
use crate::insert_if_new;
use crate::kernel::id::{ArtifactId, ProjectId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::text_enum;
use diesel::QueryResult;

text_enum! {
    pub enum ArtifactKind {
        Dataset = "dataset",
        Model = "model",
    }
}

impl ArtifactKind {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dataset => "Dataset",
            Self::Model => "Model",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = artifacts)]
pub struct Artifact {
    pub id: ArtifactId,
    pub project_id: ProjectId,
    /// The program that registered it, in its own word.
    pub source: String,
    /// Its id there.
    pub source_id: String,
    pub kind: ArtifactKind,
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// Who or what made it, in the platform's words; may be empty.
    pub made_by: String,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

/// Checked.
#[derive(Clone, Debug)]
pub struct NewArtifact {
    pub source: String,
    pub source_id: String,
    pub kind: ArtifactKind,
    pub name: String,
    pub size: i64,
    pub made_by: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    New(Artifact),
    /// The same was registered before.
    Known(Artifact),
    /// Another thing has this source and id.
    Differs,
}

/// Registers a thing once. The project's live row is what it hangs on: `None` when it is gone.
pub fn register(db: &mut Db, act: &Act, project: ProjectId, new: &NewArtifact) -> QueryResult<Option<Registered>> {
    let live = projects::table.filter(projects::id.eq(project)).filter(projects::deleted_at.is_null());
    let held: Vec<WorkspaceId> = crate::load_to_change!(db, live.select(projects::workspace_id))?;
    let Some(workspace) = held.first().copied() else { return Ok(None) };
    let row = Artifact {
        id: act.id(),
        project_id: project,
        source: new.source.clone(),
        source_id: new.source_id.clone(),
        kind: new.kind,
        name: new.name.clone(),
        size: new.size,
        made_by: new.made_by.clone(),
        created_at: act.now,
        changed_at: act.now,
    };
    if insert_if_new!(db, artifacts::table, &row)? == 1 {
        let event = ProjectEvent::ArtifactRegistered { project, artifact: row.id, name: row.name.clone() };
        activity::record(db, act, workspace, None, &Event::Project(event))?;
        return Ok(Some(Registered::New(row)));
    }
    let known: Artifact = artifacts::table
        .filter(artifacts::source.eq(&new.source))
        .filter(artifacts::source_id.eq(&new.source_id))
        .select(Artifact::as_select())
        .first(db)?;
    let is_same = known.project_id == project && known.kind == new.kind;
    Ok(Some(if is_same { Registered::Known(known) } else { Registered::Differs }))
}

/// A new name or size; nothing is recorded where it stands so already. `None`: there is no such thing.
pub fn change(
    db: &mut Db,
    act: &Act,
    id: ArtifactId,
    name: Option<&str>,
    size: Option<i64>,
) -> QueryResult<Option<Artifact>> {
    let Some((mut artifact, workspace)) = by_id(db, id)? else { return Ok(None) };
    let before = artifact.clone();
    if let Some(name) = name {
        name.clone_into(&mut artifact.name);
    }
    artifact.size = size.unwrap_or(artifact.size);
    if artifact == before {
        return Ok(Some(artifact));
    }
    artifact.changed_at = act.now;
    let changed = diesel::update(artifacts::table.find(id))
        .set((
            artifacts::name.eq(&artifact.name),
            artifacts::size.eq(artifact.size),
            artifacts::changed_at.eq(artifact.changed_at),
        ))
        .execute(db)?;
    if changed == 0 {
        return Ok(None);
    }
    let name = artifact.name.clone();
    let event = ProjectEvent::ArtifactChanged { project: artifact.project_id, artifact: id, name };
    activity::record(db, act, workspace, None, &Event::Project(event))?;
    Ok(Some(artifact))
}

/// Whether it was there.
pub fn remove(db: &mut Db, act: &Act, id: ArtifactId) -> QueryResult<bool> {
    let Some((artifact, workspace)) = by_id(db, id)? else { return Ok(false) };
    if diesel::delete(artifacts::table.find(id)).execute(db)? == 0 {
        return Ok(false);
    }
    let event =
        ProjectEvent::ArtifactRemoved { project: artifact.project_id, artifact: id, name: artifact.name.clone() };
    activity::record(db, act, workspace, None, &Event::Project(event))?;
    Ok(true)
}

/// With its workspace. An artifact of a project that lies in the trash cannot be told from none.
fn by_id(db: &mut Db, id: ArtifactId) -> QueryResult<Option<(Artifact, WorkspaceId)>> {
    artifacts::table
        .inner_join(projects::table)
        .filter(artifacts::id.eq(id))
        .filter(projects::deleted_at.is_null())
        .select((Artifact::as_select(), projects::workspace_id))
        .first(db)
        .optional()
}

/// Which part of a project's list; what is empty is not asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of the name, in lower case.
    pub words: String,
    pub kind: Option<ArtifactKind>,
    /// Only what came before this one.
    pub before: Option<ArtifactId>,
    pub most: i64,
}

/// The newest first.
pub fn of_project(db: &mut Db, project: ProjectId, asked: &Asked) -> QueryResult<Vec<Artifact>> {
    let mut found = artifacts::table
        .filter(artifacts::project_id.eq(project))
        .order(artifacts::id.desc())
        .select(Artifact::as_select())
        .limit(asked.most)
        .into_boxed();
    for word in asked.words.split_whitespace().take(4) {
        found = found.filter(lower(artifacts::name).like(format!("%{}%", like_letters(word))).escape('!'));
    }
    if let Some(kind) = asked.kind {
        found = found.filter(artifacts::kind.eq(kind));
    }
    if let Some(before) = asked.before {
        found = found.filter(artifacts::id.lt(before));
    }
    found.load(db)
}
