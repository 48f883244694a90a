//! Organizations: each has its name in the directory, and an Owner; the count of Owners is that of the rows.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{DoctorError, Notes, Patient, UNDER_WAY};
use crate::access::Role;
use crate::db::schema::{members, names, organizations, workspaces};
use crate::db::{Db, Store};
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::lifecycle::organizations as lifecycle;
use crate::regions::directory::{self, Hold, NameKind};

struct Found {
    name: String,
    owners: i64,
    created_at: Timestamp,
}

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    // The directory is asked first: an organization that comes between is in the region by then.
    let held: Vec<(String, WorkspaceId, Hold, Timestamp)> = patient.regions.directory.read_now(|db| {
        names::table
            .filter(names::kind.eq(NameKind::Organization))
            .filter(names::region.eq(region))
            .select((names::name, names::owner_id, names::state, names::created_at))
            .load(db)
    })?;
    let (found, counted) = store.read_now(read)?;
    for (id, one) in &found {
        if counted.get(id).copied().unwrap_or(0) != one.owners {
            notes.by_hand(format!("organization {id} counts {} Owners and has others", one.owners));
        }
        if one.created_at.plus(UNDER_WAY) > patient.act.now {
            continue;
        }
        match held.iter().find(|(name, ..)| *name == one.name) {
            Some((_, owner, Hold::Taken, _)) if owner == id => {}
            Some((_, owner, Hold::Held, _)) if owner == id => {
                let what = format!("organization {id} is there, its name only held");
                notes.mend(what, || {
                    patient.regions.directory.write_now(|db| directory::confirm_organization(db, *id)).map(|_| ())
                })?;
            }
            Some(_) => notes.by_hand(format!("the name of organization {id} is another's in the directory")),
            None => notes.by_hand(format!("the directory lacks the name of organization {id}")),
        }
    }
    let there: BTreeSet<WorkspaceId> = found.keys().copied().collect();
    for (_, id, state, created_at) in held {
        let is_settled = state == Hold::Held || there.contains(&id) || created_at.plus(UNDER_WAY) > patient.act.now;
        if !is_settled {
            let what = format!("the directory has the name of organization {id}, which is not there");
            let (regions, files, act) = (patient.regions, patient.files, patient.act);
            notes.mend(what, || lifecycle::erase_outside(regions, files, region, act, id))?;
        }
    }
    Ok(())
}

type Read = (BTreeMap<WorkspaceId, Found>, BTreeMap<WorkspaceId, i64>);

fn read(db: &mut Db) -> QueryResult<Read> {
    let found: Vec<(WorkspaceId, String, i64, Timestamp)> = organizations::table
        .inner_join(workspaces::table)
        .select((workspaces::id, workspaces::name, organizations::owners, workspaces::created_at))
        .load(db)?;
    let counted: Vec<(WorkspaceId, i64)> = members::table
        .filter(members::role.eq(Role::Owner))
        .filter(members::is_away.eq(false))
        .group_by(members::workspace_id)
        .select((members::workspace_id, diesel::dsl::count_star()))
        .load(db)?;
    let found = found.into_iter().map(|(id, name, owners, created_at)| (id, Found { name, owners, created_at }));
    Ok((found.collect(), counted.into_iter().collect()))
}
