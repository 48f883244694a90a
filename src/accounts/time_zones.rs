//! The time zones a person may choose for what pages show.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

/// The parts of the world, as the names of zones begin. Everything else in the database is an old spelling.
const AREAS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

pub const UTC: &str = "UTC";

/// Old spellings that the database keeps within the areas. They are understood, and not offered.
const OLD: &[&str] = &[
    "Africa/Asmera",
    "Africa/Timbuktu",
    "America/Argentina/ComodRivadavia",
    "America/Atka",
    "America/Buenos_Aires",
    "America/Catamarca",
    "America/Coral_Harbour",
    "America/Cordoba",
    "America/Ensenada",
    "America/Fort_Wayne",
    "America/Godthab",
    "America/Indianapolis",
    "America/Jujuy",
    "America/Knox_IN",
    "America/Louisville",
    "America/Mendoza",
    "America/Montreal",
    "America/Nipigon",
    "America/Pangnirtung",
    "America/Porto_Acre",
    "America/Rainy_River",
    "America/Rosario",
    "America/Santa_Isabel",
    "America/Shiprock",
    "America/Thunder_Bay",
    "America/Virgin",
    "America/Yellowknife",
    "Antarctica/South_Pole",
    "Asia/Ashkhabad",
    "Asia/Calcutta",
    "Asia/Choibalsan",
    "Asia/Chongqing",
    "Asia/Chungking",
    "Asia/Dacca",
    "Asia/Harbin",
    "Asia/Istanbul",
    "Asia/Kashgar",
    "Asia/Katmandu",
    "Asia/Macao",
    "Asia/Rangoon",
    "Asia/Saigon",
    "Asia/Tel_Aviv",
    "Asia/Thimbu",
    "Asia/Ujung_Pandang",
    "Asia/Ulan_Bator",
    "Atlantic/Faeroe",
    "Atlantic/Jan_Mayen",
    "Australia/ACT",
    "Australia/Canberra",
    "Australia/Currie",
    "Australia/LHI",
    "Australia/NSW",
    "Australia/North",
    "Australia/Queensland",
    "Australia/South",
    "Australia/Tasmania",
    "Australia/Victoria",
    "Australia/West",
    "Australia/Yancowinna",
    "Europe/Belfast",
    "Europe/Kiev",
    "Europe/Nicosia",
    "Europe/Tiraspol",
    "Europe/Uzhgorod",
    "Europe/Zaporozhye",
    "Pacific/Enderbury",
    "Pacific/Johnston",
    "Pacific/Ponape",
    "Pacific/Samoa",
    "Pacific/Truk",
    "Pacific/Yap",
];

/// Each area with its zones, in the order of their names.
static BY_AREA: LazyLock<Vec<(&'static str, Vec<String>)>> = LazyLock::new(|| {
    let available = jiff::tz::db().available().map(|name| name.to_string());
    let mut names: Vec<String> = available.filter(|name| !OLD.contains(&name.as_str())).collect();
    names.sort_unstable();
    let of = |area: &str| {
        names.iter().filter(|name| name.split_once('/').is_some_and(|(of, _)| of == area)).cloned().collect()
    };
    AREAS.iter().map(|area| (*area, of(area))).collect()
});

pub fn by_area() -> &'static [(&'static str, Vec<String>)] {
    &BY_AREA
}

/// The name as the database spells it; `None` when there is no such zone.
pub fn known(typed: &str) -> Option<String> {
    if typed == UTC {
        return Some(UTC.to_owned());
    }
    // Cut first: nothing in the database is longer, and what is looked up ends in a cache.
    let is_plain = typed.len() <= 64 && typed.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    let zone = is_plain.then(|| TimeZone::get(typed).ok()).flatten()?;
    zone.iana_name().map(str::to_owned)
}

/// `Buenos Aires, Argentina` for `America/Argentina/Buenos_Aires`.
pub fn title(name: &str) -> String {
    let place = name.split_once('/').map_or(name, |(_, place)| place);
    place.rsplit('/').collect::<Vec<_>>().join(", ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_one_of_the_database() {
        assert_eq!(known("Europe/Lisbon").as_deref(), Some("Europe/Lisbon"));
        assert_eq!(known("europe/lisbon").as_deref(), Some("Europe/Lisbon"));
        assert_eq!(known("UTC").as_deref(), Some("UTC"));
        for typed in ["", "Europe/Atlantis", "../../etc/passwd", "UTC<script>", &"x".repeat(10_000)] {
            assert_eq!(known(typed), None);
        }
    }

    #[test]
    fn every_zone_that_is_offered_is_known() {
        let offered: Vec<&String> = by_area().iter().flat_map(|(_, zones)| zones).collect();
        assert!(offered.len() > 300);
        assert!(offered.iter().all(|zone| known(zone).as_ref() == Some(*zone)));
        assert_eq!(title("America/Argentina/Buenos_Aires"), "Buenos Aires, Argentina");
    }
}
