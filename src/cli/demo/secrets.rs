//! The secrets of the demonstration, in every state that their list shows: used daily, ending soon, unused, deleted,
//! leaked.

use super::lives::{Lives, failed};
use super::teams::Team;
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::db::{Db, Store};
use crate::http::site::Site;
use crate::kernel::id::{ProjectId, SecretId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, hours, minutes};
use crate::projects::project;
use crate::secrets::adding::{self, NewSecret};
use crate::secrets::changing::{self, Changed};
use crate::secrets::environment::{self, Granted};
use crate::secrets::leaks::{self, Step};
use crate::secrets::{SecretError, SecretName, SecretValue, removal};
use crate::workspaces::WorkspaceError;

/// Name, description, how many days ago it was added, and replaced since.
type Cast = (&'static str, &'static str, u64, &'static [u64]);

const OF_TEAM: &[Cast] = &[
    ("HF_TOKEN", "Downloads the base models. Read-only, of the build account.", 96, &[41, 12]),
    ("LABEL_STORE_KEY", "Writes finished labels back to the label store.", 58, &[]),
    ("RECORDINGS_BUCKET_KEY", "Reads the raw recordings of line 3 and 4.", 90, &[33]),
    ("SENTRY_DSN", "Where the old training image reported its crashes.", 104, &[]),
    ("TRACKER_API_KEY", "Sends the figures of each run to the experiment tracker.", 75, &[20]),
    ("WEATHER_API_KEY", "Trial key of the weather service.", 24, &[]),
    ("WORKSHOP_WEBHOOK", "Posted finished jobs into the workshop's chat.", 80, &[]),
];
const OF_FEW: &[Cast] = &[
    ("HF_TOKEN", "Downloads the base models.", 26, &[]),
    ("OPENAI_API_KEY", "Writes the first draft of labels.", 21, &[5]),
];

pub fn keep(site: &Site, lives: &Lives<'_>, team: &Team) -> Result<(), String> {
    let region = lives.people[team.owner()].region;
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    let scene = Scene { lives, team, store, region };
    let has_members = team.members.len() > 3;
    let mut all = Vec::new();
    for cast in if has_members { OF_TEAM } else { OF_FEW } {
        all.push(scene.add(cast)?);
    }
    let projects: Vec<ProjectId> = store
        .read_now(|db| project::of_workspaces(db, &[team.workspace], 10))
        .map_err(failed)?
        .into_iter()
        .map(|project| project.id)
        .collect();
    if let (true, [_, labels, recordings, unused, _, weather, webhook]) = (has_members, all.as_slice()) {
        let act = |age| lives.act(lives.now.minus(age), team.owner());
        let oldest = projects.iter().min().map(|id| vec![*id]);
        // Only the jobs of one project; and those that nobody's job needs any more.
        for (id, reach) in [(recordings, oldest), (unused, Some(Vec::new()))] {
            let change = |description| Changed { description, expires_at: None, projects: reach.clone() };
            scene.change(|db, permit| {
                let found = crate::secrets::secret::one(db, team.workspace, *id)?.ok_or(SecretError::Gone)?;
                changing::save(db, &act(days(57)), permit, *id, &change(found.description))
            })?;
        }
        scene.jobs(&projects)?;
        scene.change(|db, permit| {
            let found = crate::secrets::secret::one(db, team.workspace, *weather)?.ok_or(SecretError::Gone)?;
            let ends = Some(lives.now.plus(days(9)));
            let changed = Changed { description: found.description, expires_at: ends, projects: None };
            changing::save(db, &act(days(3)), permit, *weather, &changed)
        })?;
        scene.change(|db, permit| removal::delete(db, &act(days(11)), permit, *webhook).map(|_| ()))?;
        scene.change(|db, permit| {
            let drill = leaks::open(db, &act(hours(26)), permit, *labels, false)?;
            let note = "Revoked in the label store; it answers 401 to the old key.";
            leaks::mark(db, &act(hours(25)), permit, drill, Step::Revoke, Some(note))
        })
    } else {
        scene.jobs(&projects)
    }
}

struct Scene<'a> {
    lives: &'a Lives<'a>,
    team: &'a Team,
    store: &'a Store,
    region: Region,
}

impl Scene<'_> {
    fn change<T>(&self, work: impl Fn(&mut Db, &Permit<ChangeSecrets>) -> Result<T, SecretError>) -> Result<T, String> {
        let permit = self
            .store
            .read_now(|db| self.team.permit(db, self.lives))
            .map_err(|error: WorkspaceError| failed(error))?;
        self.store.write_now(|db| work(db, &permit)).map_err(failed)
    }

    /// Added, and replaced as often as it was since.
    fn add(&self, (name, description, age, replaced): &Cast) -> Result<SecretId, String> {
        let chance = &self.lives.chance;
        let value = || {
            let text = format!("demo-{:08x}{:08x}", chance.below(u32::MAX), chance.below(u32::MAX));
            SecretValue::new(text).map_err(failed)
        };
        let at = |age: u64| {
            self.lives.now.minus(days(age)).minus(minutes(u64::from(chance.below(500)))).max(self.team.since)
        };
        let name = SecretName::parse(name).map_err(|_| failed(*name))?;
        let new = NewSecret { name, value: value()?, description: (*description).to_owned() };
        let act = self.lives.act(at(*age), self.team.owner());
        let id = self.change(|db, permit| Ok(adding::add(db, &act, permit, &new)?.id))?;
        for age in *replaced {
            let (act, value) = (self.lives.act(at(*age), self.team.owner()), value()?);
            self.change(|db, permit| adding::replace(db, &act, permit, id, &value))?;
        }
        Ok(id)
    }

    /// One or two a day for two months, each of one of the projects.
    fn jobs(&self, projects: &[ProjectId]) -> Result<(), String> {
        let (lives, chance) = (self.lives, &self.lives.chance);
        for day in (1..56_u64).rev() {
            for part in 0..u64::from(chance.below(3)) {
                let at = lives.now.minus(days(day)).plus(hours(part * 7)).plus(minutes(u64::from(chance.below(300))));
                let nth = usize::try_from(chance.below(16)).unwrap_or(0);
                let project = projects.get(nth % projects.len().max(1)).copied();
                self.fetch(at, project, &format!("train-{}", 9_000 - day * 7 + part))?;
            }
        }
        Ok(())
    }

    fn fetch(&self, at: Timestamp, project_id: Option<ProjectId>, job: &str) -> Result<(), String> {
        if at < self.team.since.plus(days(10)) {
            return Ok(());
        }
        let mut act = self.lives.act(at, 7);
        "keystead-runner/2.4".clone_into(&mut act.origin.agent);
        let workspace_id = self.team.workspace;
        let granted = Granted { workspace_id, project_id, job: job.to_owned(), is_privileged: false };
        let fetched = self.store.write_now(|db| {
            let Some((token, _)) = environment::issue(db, &act, self.region, &granted, minutes(10))? else {
                return Ok(None);
            };
            environment::fetch(db, &act, &token.digest())
        });
        fetched.map_err(failed)?.map(drop).ok_or_else(|| failed("a job got no environment"))
    }
}
