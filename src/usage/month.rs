//! What a workspace used in one calendar month (UTC), day by day.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::{Kind, store};
use crate::db::{Db, DbError};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;
use crate::projects::project;

/// Seconds of both kinds. Minutes are made from them at the very end, rounded half up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub cpu_seconds: i64,
    pub gpu_seconds: i64,
}

/// A month with all its days, also those without use and those to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthUsage {
    pub month: Month,
    /// The first of the month is `days[0]`.
    pub days: Vec<Spent>,
    pub total: Spent,
}

/// One project's part of a month. The name is what the events carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectUsage {
    pub project: String,
    pub spent: Spent,
    /// What was reported before the project was made that has the name now: it is not its own.
    pub until: Option<Timestamp>,
}

/// Half up: 89 seconds are one minute, 90 are two.
pub fn rounded_minutes(seconds: i64) -> i64 {
    seconds.saturating_add(30).div_euclid(60)
}

impl Spent {
    pub fn cpu_minutes(self) -> i64 {
        rounded_minutes(self.cpu_seconds)
    }

    pub fn gpu_minutes(self) -> i64 {
        rounded_minutes(self.gpu_seconds)
    }

    /// What counts against an allowance: CPU + weight × GPU.
    pub fn counted_seconds(self, gpu_weight: i64) -> i64 {
        self.cpu_seconds.saturating_add(self.gpu_seconds.saturating_mul(gpu_weight))
    }

    pub fn counted_minutes(self, gpu_weight: i64) -> i64 {
        rounded_minutes(self.counted_seconds(gpu_weight))
    }

    /// Minutes that are left of an allowance, never less than none.
    pub fn minutes_left(self, gpu_weight: i64, allowance: i64) -> i64 {
        allowance.saturating_sub(self.counted_minutes(gpu_weight)).max(0)
    }

    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// What is left when a part of it is taken away.
    fn without(self, part: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds.saturating_sub(part.cpu_seconds),
            gpu_seconds: self.gpu_seconds.saturating_sub(part.gpu_seconds),
        }
    }

    pub(super) fn add(&mut self, kind: Kind, seconds: i64) {
        match kind {
            Kind::Cpu => self.cpu_seconds = self.cpu_seconds.saturating_add(seconds),
            Kind::Gpu => self.gpu_seconds = self.gpu_seconds.saturating_add(seconds),
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.add(Kind::Cpu, other.cpu_seconds);
        self.add(Kind::Gpu, other.gpu_seconds);
    }
}

impl MonthUsage {
    fn of_days(month: Month, sums: &[(i64, Kind, i64)]) -> Self {
        let mut days = vec![Spent::default(); usize::try_from(month.days()).unwrap_or(31)];
        let mut total = Spent::default();
        for &(day, kind, seconds) in sums {
            let Some(spent) = usize::try_from(day - month.first_day_number()).ok().and_then(|i| days.get_mut(i)) else {
                continue;
            };
            spent.add(kind, seconds);
            total.add(kind, seconds);
        }
        Self { month, days, total }
    }
}

/// Reads at most 62 rows, however many events there were.
pub fn month(db: &mut Db, workspace: WorkspaceId, month: Month) -> Result<MonthUsage, DbError> {
    let sums = store::days(db, workspace, month.first_day_number(), month.next().first_day_number())?;
    Ok(MonthUsage::of_days(month, &sums))
}

/// The months that have any use, newest first, with their sums.
pub fn months_with_usage(db: &mut Db, workspace: WorkspaceId, limit: i64) -> Result<Vec<(Month, Spent)>, DbError> {
    let rows = store::months(db, workspace, limit)?;
    Ok(rows.into_iter().filter_map(|(index, spent)| Some((Month::from_index(index)?, spent))).collect())
}

/// What each of these workspaces used in a month; those that used nothing are left out.
pub fn of_many(db: &mut Db, workspaces: &[WorkspaceId], month: Month) -> Result<Vec<(WorkspaceId, Spent)>, DbError> {
    store::month_of(db, workspaces, month.index())
}

/// What the events of a month said of the project that has had this name since it was made: an earlier one of the same
/// name, erased by now, may have used some of the month too.
pub fn of_project(
    db: &mut Db,
    workspace: WorkspaceId,
    month: Month,
    project: &str,
    made_at: Timestamp,
) -> Result<Spent, DbError> {
    let Some(spent) = store::project(db, workspace, month.index(), project)? else { return Ok(Spent::default()) };
    // The sums of a name tell two projects apart only by the month, so the month in which it was made is counted anew.
    if made_at > month.starts_at() {
        return store::project_between(db, workspace, project, made_at, month.next().starts_at());
    }
    Ok(spent)
}

/// The projects that used anything, most first. Use that named no project is not in it. Where a project was made after
/// the month began, what was reported under its name before stands apart: an earlier project had the name.
pub fn by_project(
    db: &mut Db,
    workspace: WorkspaceId,
    month: Month,
    gpu_weight: i64,
) -> Result<Vec<ProjectUsage>, DbError> {
    let mut projects = Vec::new();
    let made: BTreeMap<String, Timestamp> =
        project::made_since(db, workspace, month.starts_at())?.into_iter().collect();
    for used in store::projects(db, workspace, month.index())? {
        let Some(made_at) = made.get(&used.project).copied() else {
            projects.push(used);
            continue;
        };
        let own = of_project(db, workspace, month, &used.project, made_at)?;
        let earlier = used.spent.without(own);
        if !own.is_nothing() {
            projects.push(ProjectUsage { project: used.project.clone(), spent: own, until: None });
        }
        if !earlier.is_nothing() {
            projects.push(ProjectUsage { project: used.project, spent: earlier, until: Some(made_at) });
        }
    }
    projects.sort_by_key(|used| std::cmp::Reverse(used.spent.counted_seconds(gpu_weight)));
    Ok(projects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_half_up() {
        for (seconds, minutes) in [(0, 0), (29, 0), (30, 1), (89, 1), (90, 2), (3_600, 60)] {
            assert_eq!(rounded_minutes(seconds), minutes, "{seconds} s");
        }
    }

    #[test]
    fn the_total_is_rounded_once_from_seconds() {
        let spent = Spent { cpu_seconds: 29, gpu_seconds: 29 };
        assert_eq!((spent.cpu_minutes(), spent.gpu_minutes()), (0, 0));
        assert_eq!(spent.counted_minutes(3), 2, "29 + 3 × 29 = 116 seconds");
    }

    #[test]
    fn nothing_is_left_of_an_allowance_that_is_overdrawn() {
        let spent = Spent { cpu_seconds: 60 * 1_200, gpu_seconds: 60 * 200 };
        assert_eq!(spent.minutes_left(3, 2_000), 200);
        assert_eq!(spent.minutes_left(3, 1_500), 0);
    }

    #[test]
    fn a_month_has_all_its_days_and_no_other() {
        let february: Month = "2028-02".parse().unwrap();
        let first = february.first_day_number();
        let sums =
            [(first - 1, Kind::Cpu, 5), (first, Kind::Gpu, 7), (first + 28, Kind::Cpu, 9), (first + 29, Kind::Cpu, 11)];
        let usage = MonthUsage::of_days(february, &sums);
        assert_eq!(usage.days.len(), 29);
        assert_eq!(usage.days[0], Spent { cpu_seconds: 0, gpu_seconds: 7 });
        assert_eq!(usage.total, Spent { cpu_seconds: 9, gpu_seconds: 7 });
    }
}
