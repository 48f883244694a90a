//! A plan in words: what it costs and what it holds.

use crate::billing::Plan;
use crate::http::words;

/// `$29.00`: exact to the cent.
pub fn money(cents: i64) -> String {
    format!("${}.{:02}", words::number(cents / 100), cents % 100)
}

/// `$29.00 a seat a month, or $290.00 a year`
pub fn price(plan: &Plan) -> String {
    let seat = if plan.seats == Some(1) { "" } else { " a seat" };
    match (plan.month_cents, plan.year_cents) {
        (Some(0), _) => "$0.00 a month".to_owned(),
        (Some(month), Some(year)) => format!("{}{seat} a month, or {} a year", money(month), money(year)),
        (Some(month), None) => format!("{}{seat} a month", money(month)),
        (None, Some(year)) => format!("{}{seat} a year", money(year)),
        (None, None) => "By agreement".to_owned(),
    }
}

/// `1,500 a month (UTC)`, or that there is no limit.
pub fn minutes(plan: &Plan) -> String {
    plan.minutes.map_or_else(|| NO_LIMIT.to_owned(), |minutes| format!("{} a calendar month", words::number(minutes)))
}

pub fn gpu_weight(weight: i64) -> String {
    match weight {
        1 => "A GPU minute counts as one".to_owned(),
        weight => format!("A GPU minute counts as {}", words::number(weight)),
    }
}

/// `100 GB`; the number with its unit, or that there is no limit.
pub fn limit(limit: Option<i64>, unit: &str) -> String {
    limit.map_or_else(|| NO_LIMIT.to_owned(), |limit| format!("{}{unit}", words::number(limit)))
}

const NO_LIMIT: &str = "No limit";

/// The sentence under the plan's name: `$0.00 a month. 1,500 compute minutes, 100 GB and 100 models; one seat.`
pub fn sentence(plan: &Plan) -> String {
    let mut parts = vec![match plan.minutes {
        Some(minutes) => words::count(minutes, "compute minute", "compute minutes"),
        None => "unlimited compute minutes".to_owned(),
    }];
    parts.extend(plan.storage_gb.map(|size| format!("{} GB", words::number(size))));
    parts.extend(plan.models.map(|models| words::count(models, "model", "models")));
    let seats = match plan.seats {
        Some(1) => "; one seat".to_owned(),
        Some(seats) => format!("; up to {} seats", words::number(seats)),
        None => String::new(),
    };
    let price = match price(plan) {
        price if price == "By agreement" => "Price by agreement".to_owned(),
        price => price,
    };
    format!("{price}. {}{seats}.", capital(&listed(&parts)))
}

/// `a, b and c`
fn listed(parts: &[String]) -> String {
    match parts {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::plans_file;

    fn said(id: &str) -> String {
        sentence(plans_file::load(None).unwrap().of(id))
    }

    #[test]
    fn a_plan_is_one_sentence_of_price_and_one_of_limits() {
        assert_eq!(said("free"), "$0.00 a month. 1,500 compute minutes, 100 GB and 100 models; up to 3 seats.");
        assert_eq!(
            said("pro"),
            "$29.00 a seat a month, or $290.00 a year. 20,000 compute minutes, 500 GB and 500 models; up to 5 seats."
        );
        assert_eq!(said("enterprise"), "Price by agreement. 200,000 compute minutes; up to 50 seats.");
    }

    #[test]
    fn what_is_not_limited_says_so() {
        let plans = plans_file::parse("[[plan]]\nid = 'own'\nname = 'Own'\nmonth_cents = 1234567").unwrap();
        assert_eq!(sentence(plans.first()), "$12,345.67 a seat a month. Unlimited compute minutes.");
        assert_eq!(limit(plans.first().seats, ""), "No limit");
        assert_eq!(minutes(plans.first()), "No limit");
    }
}
