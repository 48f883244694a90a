//! Two months of compute minutes, as a job runner would have reported them.

use super::cast;
use super::lives::{Life, Lives, failed};
use super::teams::Team;
use crate::http::site::Site;
use crate::kernel::id::WorkspaceId;
use crate::kernel::time::{Timestamp, days, minutes};
use crate::usage::event::Event;
use crate::usage::{Kind, meter};

/// As many as one call of the API takes.
const BATCH: usize = 1000;

pub fn report(site: &Site, lives: &Lives<'_>, teams: &[Team]) -> Result<(), String> {
    for (region, store) in site.regions.served() {
        let people = lives.people.iter().enumerate().filter(|(_, life)| life.region == region);
        let teams = teams.iter().filter(|team| team.cast.busy > 0 && lives.people[team.owner()].region == region);
        let alone = people.map(|(number, life)| Computer::alone(lives, number, life));
        let all = alone.chain(teams.map(|team| Computer::together(lives, team)));
        let events: Vec<Event> = all.flat_map(|computer| of_one(lives, &computer)).collect();
        for batch in events.chunks(BATCH) {
            let weight = |plan: &str| site.config.plans.gpu_weight(plan);
            store.write_now(|db| meter::report(db, lives.now, weight, batch)).map_err(failed)?;
        }
    }
    Ok(())
}

/// What computes: somebody's own workspace, or an organization.
struct Computer<'a> {
    /// Its jobs are named after it.
    word: String,
    workspace: WorkspaceId,
    since: Timestamp,
    until: Timestamp,
    /// Of 130 chances four times a day, as many as it takes.
    busy: u32,
    projects: Vec<String>,
    members: &'a [usize],
}

impl<'a> Computer<'a> {
    /// The less busy the later somebody stands in the cast.
    fn alone(lives: &Lives<'_>, number: usize, life: &Life) -> Self {
        let projects = [number, number + 1].map(|nth| cast::PROJECTS[nth % cast::PROJECTS.len()].to_owned());
        Self {
            word: number.to_string(),
            workspace: life.id.personal_workspace(),
            since: life.since,
            until: if life.is_active { lives.now } else { lives.now.minus(days(3)) },
            busy: 90_u32.saturating_sub(u32::try_from(number).unwrap_or(90)),
            projects: projects.to_vec(),
            members: &[],
        }
    }

    fn together(lives: &Lives<'_>, team: &'a Team) -> Self {
        Self {
            word: cast::username(team.cast.title),
            workspace: team.workspace,
            since: team.since,
            until: lives.now,
            busy: team.cast.busy,
            projects: team.cast.projects.iter().map(|project| cast::username(project.name)).collect(),
            members: &team.members,
        }
    }
}

/// A few jobs a day, fewer at weekends.
fn of_one(lives: &Lives<'_>, computer: &Computer<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut day = computer.since.plus(days(1)).max(lives.now.minus(days(61)));
    while day < computer.until {
        let is_weekend = [5, 6].contains(&(day.as_seconds() / 86_400 + 3).rem_euclid(7));
        let busy = computer.busy / if is_weekend { 4 } else { 1 };
        for part in 0..4_u64 {
            if lives.chance.below(130) < busy {
                let ended_at = day.plus(minutes(part * 200 + u64::from(lives.chance.below(180))));
                events.extend((ended_at < computer.until).then(|| event(lives, computer, events.len(), ended_at)));
            }
        }
        day = day.plus(days(1));
    }
    events
}

fn event(lives: &Lives<'_>, computer: &Computer<'_>, nth: usize, ended_at: Timestamp) -> Event {
    let is_gpu = lives.chance.below(10) < 3;
    let longest = if is_gpu { 2_400 } else { 6_000 };
    let job = format!("job-{}-{nth}", computer.word);
    let member = computer.members.get(nth % computer.members.len().max(1));
    Event {
        source: "runner-1".to_owned(),
        id: job.clone(),
        workspace: computer.workspace,
        kind: if is_gpu { Kind::Gpu } else { Kind::Cpu },
        seconds: i64::from(60 + lives.chance.below(longest)),
        ended_at,
        job,
        project: computer.projects[nth % computer.projects.len()].clone(),
        key: String::new(),
        member: member.map(|number| lives.people[*number].id.to_string()).unwrap_or_default(),
    }
}
