//! A person's photo, or initials on a colour until there is one.

/// Six tones, so that two people in a list seldom look alike.
const TONES: u32 = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub photo_url: Option<String>,
    /// One or two letters.
    pub initials: String,
    /// 1 to 6.
    pub tone: u8,
}

impl Face {
    /// The tone follows the username, which never changes.
    pub fn of(name: &str, username: &str, photo_url: Option<String>) -> Self {
        Self { photo_url, initials: initials(name, username), tone: tone(username) }
    }
}

/// The first letters of the first and the last word of the name; of the username when the name has no letter.
fn initials(name: &str, username: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = letters.next().or_else(|| username.chars().next());
    first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect()
}

fn tone(username: &str) -> u8 {
    let sum = username.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    u8::try_from(sum % TONES + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        let of = |name| initials(name, "ada-m");
        assert_eq!(of("Ada Marchetti"), "AM");
        assert_eq!(of("Mateus de Oliveira Albuquerque"), "MA");
        assert_eq!(of("Ørsted"), "Ø");
        assert_eq!(of("“Bob” (Smith)"), "BS");
        assert_eq!(of("李 小龍"), "李小");
        assert_eq!(of("!!"), "A");
    }

    #[test]
    fn tones_are_one_to_six_and_stay() {
        assert!((0..500).all(|n| (1..=6).contains(&tone(&format!("user-{n}")))));
        assert_eq!(Face::of("A", "ada", None).tone, Face::of("B", "ada", None).tone);
    }
}
