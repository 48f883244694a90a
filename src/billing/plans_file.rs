//! Reads the plans file and says everything that is wrong with it at once.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use super::plan::{Plan, Plans};

const BUILT_IN: &str = include_str!("plans.toml");
/// EI's rule: a GPU minute counts three times.
const USUAL_GPU_WEIGHT: i64 = 3;
/// In cents, minutes, gigabytes: more than anybody has, and small enough that no sum overflows.
const MOST: i64 = 1_000_000_000;
const KNOWN: &[&str] = &[
    "id",
    "name",
    "description",
    "month_cents",
    "year_cents",
    "sign_up_credit_cents",
    "month_credit_cents",
    "seats",
    "storage_gb",
    "models",
    "minutes",
    "gpu_weight",
    "features",
];

/// The operator's file, or the one that ships with the program. The errors are sentences for the operator.
pub fn load(path: Option<&Path>) -> Result<Plans, Vec<String>> {
    let Some(path) = path else { return parse(BUILT_IN) };
    let named = |error: String| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| vec![named(error.to_string())])?;
    parse(&text).map_err(|errors| errors.into_iter().map(named).collect())
}

pub fn parse(text: &str) -> Result<Plans, Vec<String>> {
    let mut file: Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string().trim().to_owned()])?;
    let mut errors = Vec::new();
    let entries = match file.remove("plan") {
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(vec!["write each plan under its own [[plan]]".to_owned()]),
        None => Vec::new(),
    };
    errors.extend(file.keys().map(|key| format!("unknown setting {key}; plans stand under [[plan]]")));
    let plans: Vec<Plan> =
        entries.into_iter().enumerate().map(|(index, entry)| read_plan(index, entry, &mut errors)).collect();
    let mut seen = BTreeSet::new();
    for plan in &plans {
        if !plan.id.is_empty() && !seen.insert(&plan.id) {
            errors.push(format!("two plans have the id {:?}", plan.id));
        }
    }
    match Plans::new(plans) {
        Some(plans) if errors.is_empty() => Ok(plans),
        Some(_) => Err(errors),
        None => {
            errors.push("there is no [[plan]]; at least one is needed".to_owned());
            Err(errors)
        }
    }
}

fn read_plan(index: usize, entry: Value, errors: &mut Vec<String>) -> Plan {
    let Value::Table(table) = entry else {
        errors.push(format!("plan {} is not a table", index + 1));
        return Reader { name: String::new(), table: Table::new(), errors: &mut Vec::new() }.plan();
    };
    let name = match table.get("id") {
        Some(Value::String(id)) => format!("plan {id:?}"),
        _ => format!("plan {}", index + 1),
    };
    let unknown = table.keys().filter(|key| !KNOWN.contains(&key.as_str()));
    errors.extend(unknown.map(|key| format!("{name}: unknown setting {key}")));
    Reader { name, table, errors }.plan()
}

/// Takes values out of one plan's table; what is wrong becomes an error and a harmless value.
struct Reader<'a> {
    name: String,
    table: Table,
    errors: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn plan(mut self) -> Plan {
        Plan {
            id: self.id(),
            name: self.text("name", true, 40),
            description: self.text("description", false, 300),
            month_cents: self.number("month_cents", 0),
            year_cents: self.number("year_cents", 0),
            sign_up_credit_cents: self.number("sign_up_credit_cents", 0).unwrap_or(0),
            month_credit_cents: self.number("month_credit_cents", 0).unwrap_or(0),
            seats: self.number("seats", 1),
            storage_gb: self.number("storage_gb", 0),
            models: self.number("models", 0),
            minutes: self.number("minutes", 0),
            gpu_weight: self.gpu_weight(),
            features: self.features(),
        }
    }

    fn wrong(&mut self, what: &str) {
        self.errors.push(format!("{}: {what}", self.name));
    }

    fn id(&mut self) -> String {
        let id = self.text("id", true, 40);
        let is_word = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_word {
            self.wrong("id may have lower-case letters, digits and hyphens only");
        }
        id
    }

    fn text(&mut self, key: &str, is_needed: bool, most: usize) -> String {
        let text = match self.table.remove(key) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(_) => {
                self.wrong(&format!("{key} must be a text"));
                return String::new();
            }
            None => String::new(),
        };
        if is_needed && text.is_empty() {
            self.wrong(&format!("{key} is missing"));
        }
        if text.chars().count() > most {
            self.wrong(&format!("{key} is longer than {most} characters"));
        }
        text
    }

    fn number(&mut self, key: &str, least: i64) -> Option<i64> {
        match self.table.remove(key)? {
            Value::Integer(number) if (least..=MOST).contains(&number) => Some(number),
            Value::Integer(_) => {
                self.wrong(&format!("{key} must be between {least} and {MOST}"));
                None
            }
            _ => {
                self.wrong(&format!("{key} must be a whole number"));
                None
            }
        }
    }

    fn gpu_weight(&mut self) -> i64 {
        let weight = self.number("gpu_weight", 1).unwrap_or(USUAL_GPU_WEIGHT);
        if weight > 100 {
            self.wrong("gpu_weight must be at most 100");
        }
        weight
    }

    fn features(&mut self) -> Vec<String> {
        let entries = match self.table.remove("features") {
            Some(Value::Array(entries)) => entries,
            None => return Vec::new(),
            Some(_) => {
                self.wrong("features must be a list of texts");
                return Vec::new();
            }
        };
        let features: Vec<String> = entries.iter().filter_map(|entry| entry.as_str().map(str::to_owned)).collect();
        if features.len() != entries.len() {
            self.wrong("features must be a list of texts");
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_that_ship_are_in_order_and_as_published() {
        let plans = load(None).unwrap();
        let ids: Vec<&str> = plans.all().map(|plan| plan.id.as_str()).collect();
        assert_eq!(ids, ["free", "pro", "enterprise"]);
        let free = plans.first();
        assert_eq!((free.month_cents, free.sign_up_credit_cents), (Some(0), 500));
        assert_eq!((free.storage_gb, free.models, free.gpu_weight), (Some(100), Some(100), 3));
        let pro = plans.of("pro");
        assert_eq!((pro.month_cents, pro.year_cents, pro.month_credit_cents), (Some(2_900), Some(29_000), 3_000));
        assert_eq!((pro.seats, pro.storage_gb, pro.models), (Some(5), Some(500), Some(500)));
        let enterprise = plans.of("enterprise");
        assert_eq!((enterprise.month_cents, enterprise.seats), (None, Some(50)));
    }

    #[test]
    fn a_plan_that_is_gone_falls_back_to_the_first() {
        let plans = load(None).unwrap();
        assert_eq!(plans.of("gold").id, "free");
        assert_eq!(plans.find("gold"), None);
    }

    #[test]
    fn what_is_left_out_is_no_limit_and_the_usual_weight() {
        let plans = parse("[[plan]]\nid = 'own'\nname = 'Own machines'").unwrap();
        assert_eq!((plans.first().minutes, plans.first().gpu_weight), (None, 3));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let errors = parse(
            "colour = 1
            [[plan]]
            id = 'Free'
            minutes = -1
            seats = 'many'
            gpu_weight = 101
            price = 3
            [[plan]]
            id = 'x'
            name = 'X'
            features = [1]
            [[plan]]
            id = 'x'
            name = 'Y'",
        )
        .unwrap_err();
        assert_eq!(
            errors,
            [
                "unknown setting colour; plans stand under [[plan]]",
                "plan \"Free\": unknown setting price",
                "plan \"Free\": id may have lower-case letters, digits and hyphens only",
                "plan \"Free\": name is missing",
                "plan \"Free\": seats must be a whole number",
                "plan \"Free\": minutes must be between 0 and 1000000000",
                "plan \"Free\": gpu_weight must be at most 100",
                "plan \"x\": features must be a list of texts",
                "two plans have the id \"x\"",
            ]
        );
        assert_eq!(parse("").unwrap_err(), ["there is no [[plan]]; at least one is needed"]);
        assert!(parse("[[plan").unwrap_err()[0].contains("line 1"));
        assert_eq!(parse("plan = 1").unwrap_err(), ["write each plan under its own [[plan]]"]);
        assert_eq!(parse("plan = [1]").unwrap_err(), ["plan 1 is not a table"]);
    }

    #[test]
    fn an_error_of_a_file_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plans.toml");
        assert!(load(Some(&path)).unwrap_err()[0].starts_with(&path.display().to_string()));
        std::fs::write(&path, "x = 1").unwrap();
        let errors = load(Some(&path)).unwrap_err();
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|error| error.contains("plans.toml: ")), "{errors:?}");
    }
}
