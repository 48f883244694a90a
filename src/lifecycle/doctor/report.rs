//! What an examination came to, for a person, a page and a program: one line for each check, and below it what was found.
//!
//! Rule: the id of a check and the words of its level are read by programs, so they stay as they are.

use serde::{Deserialize, Serialize};

use super::{Finding, Repair};
use crate::kernel::region::Region;

/// One thing that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// For programs.
    pub id: &'static str,
    /// What is true when nothing is found.
    pub says: &'static str,
}

/// The worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    /// Nothing is wrong yet.
    Advice,
    Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The region it is in; the directory and the machine have none.
    pub region: Option<String>,
    pub what: String,
    pub repair: Repair,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub id: String,
    pub says: String,
    pub level: Level,
    pub findings: Vec<Found>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// RFC 3339.
    pub examined_at: String,
    /// That of the worst check.
    pub level: Level,
    pub checks: Vec<Checked>,
}

impl Repair {
    pub fn level(self) -> Level {
        match self {
            Self::Done => Level::Ok,
            Self::Advice => Level::Advice,
            Self::ByHand | Self::Possible => Level::Wrong,
        }
    }
}

impl Report {
    /// Every check in its order, those without findings too.
    pub fn new(checks: impl IntoIterator<Item = Check>, findings: &[Finding], examined_at: String) -> Self {
        let checks: Vec<Checked> = checks.into_iter().map(|check| Checked::new(check, findings)).collect();
        let level = checks.iter().map(|check| check.level).max().unwrap_or(Level::Ok);
        Self { examined_at, level, checks }
    }

    /// How many findings wait for somebody, and how many of them `--fix` mends.
    pub fn left(&self) -> (usize, usize) {
        let all = || self.checks.iter().flat_map(|check| &check.findings);
        let wrong = all().filter(|found| found.repair.level() == Level::Wrong).count();
        (wrong, all().filter(|found| found.repair == Repair::Possible).count())
    }
}

impl Checked {
    fn new(check: Check, findings: &[Finding]) -> Self {
        let own = findings.iter().filter(|finding| finding.check == check);
        let level = own.clone().map(|finding| finding.repair.level()).max().unwrap_or(Level::Ok);
        let findings = own.map(|finding| Found {
            region: finding.region.map(Region::as_str).map(str::to_owned),
            what: finding.what.clone(),
            repair: finding.repair,
        });
        Self { id: check.id.to_owned(), says: check.says.to_owned(), level, findings: findings.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Check = Check { id: "one", says: "one is" };
    const TWO: Check = Check { id: "two", says: "two is" };

    fn report(of_one: &[Repair]) -> Report {
        let finding = |repair: &Repair| Finding { check: ONE, region: None, what: "what".to_owned(), repair: *repair };
        Report::new([ONE, TWO], &of_one.iter().map(finding).collect::<Vec<_>>(), "now".to_owned())
    }

    #[test]
    fn advice_is_not_wrong_and_what_was_mended_is_neither() {
        for (repairs, level, left) in [
            (&[][..], Level::Ok, (0, 0)),
            (&[Repair::Done], Level::Ok, (0, 0)),
            (&[Repair::Done, Repair::Advice], Level::Advice, (0, 0)),
            (&[Repair::Advice, Repair::Possible], Level::Wrong, (1, 1)),
            (&[Repair::ByHand, Repair::Possible], Level::Wrong, (2, 1)),
        ] {
            let report = report(repairs);
            assert_eq!((report.level, report.left()), (level, left), "{repairs:?}");
            assert_eq!((report.checks[0].level, report.checks[1].level), (level, Level::Ok));
        }
    }

    #[test]
    fn programs_read_it_as_the_manual_says() {
        let json = serde_json::to_value(report(&[Repair::Advice])).unwrap();
        let found = serde_json::json!([{ "region": null, "what": "what", "repair": "advice" }]);
        let one = serde_json::json!({ "id": "one", "says": "one is", "level": "advice", "findings": found });
        let two = serde_json::json!({ "id": "two", "says": "two is", "level": "ok", "findings": [] });
        let expected = serde_json::json!({ "examined_at": "now", "level": "advice", "checks": [one, two] });
        assert_eq!(json, expected);
    }
}
