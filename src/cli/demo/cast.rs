//! Who is in the demonstration. All names are made up.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub const ADMINISTRATOR: &str = "Mira Lindqvist";
pub const PERSON: &str = "Jonas Weber";

/// The earlier, the busier.
pub const PEOPLE: &[&str] = &[
    ADMINISTRATOR,
    PERSON,
    "Amara Okafor",
    "Ravi Subramanian",
    "Chloé Marchand",
    "Hana Takahashi",
    "Diego Fuentes",
    "Ingrid Solberg",
    "Kwame Mensah",
    "Lena Hoffmann",
    "Noah Fitzgerald",
    "Priya Raghavan",
    "Tomasz Wiśniewski",
    "Yuki Nakamura",
    "Zanele Dlamini",
    "Anders Holm",
    "Beatriz Carvalho",
    "Callum Mackenzie",
    "Daria Volkova",
    "Emre Yıldız",
    "Fatima Benali",
    "Giulia Romano",
    "Hugo Lefèvre",
    "Isla Cameron",
    "Jin-woo Park",
    "Katarina Novak",
    "Leo Virtanen",
    "Mei Ling Chen",
    "Nadia Haddad",
    "Oskar Jansson",
    "Paula Ferreira",
    "Quentin Dubois",
    "Rosa Delgado",
    "Samuel Abebe",
    "Thi Lan Nguyen",
    "Ulrike Brandt",
    "Viktor Horvath",
    "Wanjiru Kamau",
    "Xavier Serrano",
    "Yara Mansour",
    "Zoltan Szabo",
    "Aisha Rahman",
    "Bruno Keller",
    "Carmen Ibarra",
    "Dmitri Petrov",
    "Elif Demir",
    "Finn O'Connell",
    "Greta Nyberg",
    "Hassan Farouk",
    "Irina Popescu",
    "Jakub Dvorak",
    "Keiko Yamada",
    "Luca Moretti",
    "Maren Schmidt",
    "Nils Eriksson",
    "Olivia Bennett",
    "Pavel Kolar",
    "Renata Gomes",
    "Stefan Ionescu",
    "Tessa van Dijk",
];

pub const JOBS: &[&str] = &[
    "Machine learning engineer",
    "Firmware developer",
    "Research assistant",
    "Head of data",
    "Student",
    "Quality engineer",
    "Founder",
];

pub const COMPANIES: &[&str] =
    &["Northwind Sensors", "Blue Harbor Robotics", "Alder Institute", "Tidewater Farms", "Kite & Lantern", ""];

pub const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
];

pub const PROJECTS: &[&str] =
    &["bird-song", "gearbox-vibration", "leaf-disease", "shelf-gaps", "gesture-wand", "ecg-beats"];

/// Where somebody stands in the cast.
pub fn number_of(name: &str) -> usize {
    PEOPLE.iter().position(|one| *one == name).unwrap_or_default()
}

/// `Chloé Marchand` → `chloe-marchand`
pub fn username(name: &str) -> String {
    let plain = name.nfd().filter(|c| !is_combining_mark(*c)).map(|c| if c == 'ı' { 'i' } else { c });
    let lower: String = plain.collect::<String>().to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::work::TEAMS;
    use crate::kernel::names::Username;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_has_a_username_of_their_own() {
        let names: BTreeSet<String> = PEOPLE.iter().map(|name| username(name)).collect();
        assert_eq!(names.len(), PEOPLE.len());
        assert!(names.iter().all(|name| Username::parse(name).is_ok()), "{names:?}");
        assert!(TEAMS.iter().all(|team| PEOPLE.contains(&team.founder)));
    }
}
