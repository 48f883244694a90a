//! `keystead doctor`: says what is wrong with an installation, and mends what can be mended safely.

use super::{Outcome, open, say};
use crate::config::Config;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::lifecycle::doctor::house::{self, House};
use crate::lifecycle::doctor::{self, CHECKS, Finding, Level, Patient, Repair, Report};

#[derive(clap::Args)]
pub struct Doctor {
    /// Mend what needs no decision by a person
    #[arg(long)]
    fix: bool,
    /// Print a report as JSON, for monitoring
    #[arg(long)]
    json: bool,
    /// Also ask the mail server whether it would take mails
    #[arg(long)]
    mail: bool,
}

impl Doctor {
    /// Fails when anything is wrong that was not mended; advice is not wrong. There is a report however little could be
    /// looked at: who watches needs it most then.
    pub fn run(&self, config: &Config) -> Outcome {
        let now = Clock::System.now().to_jiff().to_string();
        let mut findings: Vec<Finding> = house::key_file(config, self.fix).into_iter().collect();
        let (checks, outcome) = match self.examine(config) {
            Ok(found) => {
                findings.extend(found);
                let here = house::CHECKS.iter().copied().filter(|check| self.mail || *check != house::MAIL);
                (here.chain(CHECKS.iter().map(|(check, _)| *check)).collect(), Ok(()))
            }
            Err(why) => {
                findings.extend(house::outside(config, self.fix, &why));
                (house::OUTSIDE.to_vec(), Err(why))
            }
        };
        let report = Report::new(checks, &findings, now);
        if self.json {
            say(&serde_json::to_string(&report).map_err(|error| error.to_string())?);
        } else {
            print(&report);
        }
        outcome?;
        match report.left() {
            (0, _) => Ok(()),
            (left, 0) => Err(format!("{left} to look at.")),
            (left, possible) => Err(format!("{left} to look at; --fix mends {possible} of them.")),
        }
    }

    /// Everything but the key's file; or why that cannot be done.
    fn examine(&self, config: &Config) -> Result<Vec<Finding>, String> {
        let site = open::existing(config.clone(), Clock::System)?;
        let act = site.act(Origin::program("keystead doctor"));
        let house = House {
            config,
            regions: &site.regions,
            keyring: &site.keyring,
            now: act.now,
            should_fix: self.fix,
            asks_mail: self.mail,
        };
        let patient = Patient {
            regions: &site.regions,
            files: &site.files,
            plans: &site.config.plans,
            act: &act,
            should_fix: self.fix,
        };
        let broke_off = |error| format!("The examination broke off: {error}");
        let mut findings = house::examine(&house).map_err(broke_off)?;
        findings.extend(doctor::examine(&patient).map_err(broke_off)?);
        Ok(findings)
    }
}

fn print(report: &Report) {
    for check in &report.checks {
        let level = match check.level {
            Level::Ok => "ok",
            Level::Advice => "advice",
            Level::Wrong => "WRONG",
        };
        say(&format!("{level:<6} {}", check.says));
        for found in &check.findings {
            let region = found.region.as_ref().map_or_else(String::new, |region| format!("{region}: "));
            say(&format!("         {region}{} [{}]", found.what, words(found.repair)));
        }
    }
}

pub(super) fn words(repair: Repair) -> &'static str {
    match repair {
        Repair::Advice => "advice",
        Repair::ByHand => "needs you",
        Repair::Possible => "--fix mends it",
        Repair::Done => "mended",
    }
}
