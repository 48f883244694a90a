//! `keystead doctor`: says what is wrong with an installation, and mends what can be mended safely.

pub(super) mod machine;

use super::{Outcome, open, say};
use crate::config::Config;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::kernel::region::Region;
use crate::lifecycle::doctor::{self, CHECKS, Finding, Patient, Repair};

#[derive(clap::Args)]
pub struct Doctor {
    /// Mend what needs no decision by a person
    #[arg(long)]
    fix: bool,
    /// Print findings as JSON
    #[arg(long)]
    json: bool,
    /// Also ask the mail server whether it would take mails
    #[arg(long)]
    mail: bool,
}

impl Doctor {
    /// Fails when anything is wrong that was not mended.
    pub fn run(&self, config: Config) -> Outcome {
        let mut findings: Vec<Finding> = machine::key_file(&config, self.fix).into_iter().collect();
        let site = open::existing(config, Clock::System)?;
        let act = site.act(Origin::program("keystead doctor"));
        findings.extend(machine::data(&site.config, self.fix));
        findings.extend(machine::disk(&site.config));
        findings.extend(machine::clocks(&site));
        if self.mail {
            findings.extend(machine::mail(&site.config));
        }
        let patient = Patient {
            regions: &site.regions,
            files: &site.files,
            plans: &site.config.plans,
            act: &act,
            should_fix: self.fix,
        };
        findings.extend(doctor::examine(&patient).map_err(|error| format!("The examination broke off: {error}"))?);
        if self.json {
            print_json(&findings);
        } else {
            print(&findings, self.mail);
        }
        let left = findings.iter().filter(|finding| finding.repair != Repair::Done).count();
        match (left, findings.iter().filter(|finding| finding.repair == Repair::Possible).count()) {
            (0, _) => Ok(()),
            (left, 0) => Err(format!("{left} to look at.")),
            (left, possible) => Err(format!("{left} to look at; --fix mends {possible} of them.")),
        }
    }
}

fn print(findings: &[Finding], asks_mail: bool) {
    let here = machine::CHECKS.iter().copied().filter(|check| asks_mail || *check != machine::MAIL);
    for check in here.chain(CHECKS.iter().map(|(check, _)| *check)) {
        let of_check: Vec<&Finding> = findings.iter().filter(|finding| finding.check == check).collect();
        say(&format!("{}  {check}", if of_check.is_empty() { "ok   " } else { "WRONG" }));
        for finding in of_check {
            let region = finding.region.map_or_else(String::new, |region| format!("{region}: "));
            say(&format!("         {region}{} [{}]", finding.what, words(finding.repair)));
        }
    }
}

fn words(repair: Repair) -> &'static str {
    match repair {
        Repair::ByHand => "needs you",
        Repair::Possible => "--fix mends it",
        Repair::Done => "mended",
    }
}

fn print_json(findings: &[Finding]) {
    let rows: Vec<serde_json::Value> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "check": finding.check,
                "region": finding.region.map(Region::as_str),
                "what": finding.what,
                "repair": match finding.repair {
                    Repair::ByHand => "by_hand",
                    Repair::Possible => "possible",
                    Repair::Done => "done",
                },
            })
        })
        .collect();
    say(&serde_json::Value::from(rows).to_string());
}
