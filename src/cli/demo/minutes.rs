//! Two months of compute minutes, as a job runner would have reported them.

use super::cast;
use super::lives::{Life, Lives, failed};
use crate::http::site::Site;
use crate::kernel::time::{Timestamp, days, minutes};
use crate::usage::event::Event;
use crate::usage::{Kind, meter};

/// As many as one call of the API takes.
const BATCH: usize = 1000;

pub fn report(site: &Site, lives: &Lives<'_>) -> Result<(), String> {
    for (region, store) in site.regions.served() {
        let people = lives.people.iter().enumerate().filter(|(_, life)| life.region == region);
        let events: Vec<Event> = people.flat_map(|(number, life)| of_one(lives, number, life)).collect();
        for batch in events.chunks(BATCH) {
            let weight = |plan: &str| site.config.plans.gpu_weight(plan);
            store.write_now(|db| meter::report(db, lives.now, weight, batch)).map_err(failed)?;
        }
    }
    Ok(())
}

/// A few jobs a day, fewer at weekends, fewer the later somebody stands in the cast.
fn of_one(lives: &Lives<'_>, number: usize, life: &Life) -> Vec<Event> {
    let mut events = Vec::new();
    let until = if life.is_active { lives.now } else { lives.now.minus(days(3)) };
    let mut day = life.since.plus(days(1));
    while day < until {
        let is_weekend = [5, 6].contains(&(day.as_seconds() / 86_400 + 3).rem_euclid(7));
        let busy = 90_u32.saturating_sub(u32::try_from(number).unwrap_or(90)) / if is_weekend { 4 } else { 1 };
        for part in 0..4_u64 {
            if lives.chance.below(130) < busy {
                let ended_at = day.plus(minutes(part * 200 + u64::from(lives.chance.below(180))));
                events.extend((ended_at < until).then(|| event(lives, number, life, events.len(), ended_at)));
            }
        }
        day = day.plus(days(1));
    }
    events
}

fn event(lives: &Lives<'_>, number: usize, life: &Life, nth: usize, ended_at: Timestamp) -> Event {
    let is_gpu = lives.chance.below(10) < 3;
    let longest = if is_gpu { 2_400 } else { 6_000 };
    let project = cast::PROJECTS[(number + nth % 2) % cast::PROJECTS.len()];
    Event {
        source: "runner-1".to_owned(),
        id: format!("job-{number}-{nth}"),
        workspace: life.id.personal_workspace(),
        kind: if is_gpu { Kind::Gpu } else { Kind::Cpu },
        seconds: i64::from(60 + lives.chance.below(longest)),
        ended_at,
        job: format!("job-{number}-{nth}"),
        project: project.to_owned(),
        key: String::new(),
        member: String::new(),
    }
}
