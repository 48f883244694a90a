//! Whether a new password is good enough: length first, then whether a machine would guess it (NIST SP 800-63B-4).
//!
//! Rule: no rules of composition. A refusal says why and what to do.

use zeroize::Zeroizing;

use super::password::{LONGEST, Password};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("Enter a password.")]
    Missing,
    #[error("Use at least {0} characters. Several unrelated words are easy to remember and hard to guess.")]
    TooShort(usize),
    #[error("Use at most 1,024 bytes.")]
    TooLong,
    #[error("This password contains your own name or address. Choose one that says nothing about you.")]
    Personal,
    #[error("{0} Several unrelated words make a better one.")]
    Guessable(String),
}

/// zxcvbn's time grows faster than the length; what is hard to guess is so within this length already.
const LOOKED_AT: usize = 40;

/// `personal`: the person's username, name and address.
pub fn check(password: &Password, personal: &[&str], least: usize) -> Result<(), Weak> {
    let text = password.as_str();
    let length = text.chars().count();
    if length == 0 {
        return Err(Weak::Missing);
    }
    if text.len() > LONGEST {
        return Err(Weak::TooLong);
    }
    if length < least {
        return Err(Weak::TooShort(least));
    }
    let words = words_of(personal);
    let lower = Zeroizing::new(text.to_lowercase());
    let rest = words.iter().fold(lower.clone(), |rest, word| Zeroizing::new(rest.replace(word.as_str(), "")));
    if rest.len() < lower.len() && rest.chars().count() < least {
        return Err(Weak::Personal);
    }
    let inputs: Vec<&str> = words.iter().map(String::as_str).chain(["keystead"]).collect();
    // What is personal counts for nothing. Left in, a long name that is cut in the middle would look like chance.
    let judged = if rest.len() < lower.len() { rest.as_str() } else { text };
    let guess = zxcvbn::zxcvbn(&looked_at(judged), &inputs);
    if guess.score() < zxcvbn::Score::Three {
        return Err(Weak::Guessable(reason(&guess)));
    }
    Ok(())
}

/// The beginning, without the signs that zxcvbn would try as letters in every combination: with all of them in it, one
/// password took two seconds. Their neighbours keep rows and repetitions what they are.
fn looked_at(text: &str) -> Zeroizing<String> {
    let plain = |c| match c {
        '(' => ')',
        '{' => '}',
        '[' => ']',
        '<' => '>',
        '|' => '\\',
        '+' => '=',
        other => other,
    };
    let text: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().take(2 * LOOKED_AT).map(plain).collect());
    let most = text.len().min(LOOKED_AT);
    // A repetition is cut where its part ends: half a part would look like chance too.
    let repeats = |part: &usize| text.iter().skip(*part).eq(text.iter().take(text.len() - part));
    let end = (1..=most).find(repeats).map_or(most, |part| most / part * part);
    Zeroizing::new(text[..end].iter().collect())
}

/// Words of four letters and more: shorter ones occur in anything.
fn words_of(personal: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = personal
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]))
        .filter(|word| word.chars().count() >= 4)
        .map(str::to_lowercase)
        .collect();
    // The longest first, so that taking out a part does not hide the whole.
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

fn reason(guess: &zxcvbn::Entropy) -> String {
    use zxcvbn::feedback::Warning;
    let warning = guess.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    match warning {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "Rows of keys are easy to guess."
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "Repetitions are easy to guess."
        }
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => "Sequences like abc or 6543 are easy to guess.",
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "Dates and years are easy to guess."
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "Many people use this password or one like it, so it is tried first.",
        Some(
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess
            | Warning::AWordByItselfIsEasyToGuess,
        ) => "Single words and names are easy to guess.",
        None => "A machine would guess this password quickly.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), Weak> {
        check(&Password::from_typed(text), &["ada-marchetti", "Ada Marchetti", "ada@marchetti.example"], 12)
    }

    #[test]
    fn a_phrase_passes_without_rules_of_composition() {
        assert_eq!(judged("gentle grippers hold eggs"), Ok(()));
        assert_eq!(judged("滑らかな把持器は卵を優しく持つ"), Ok(()));
        assert_eq!(judged(&"correct horse battery ".repeat(40)), Ok(()));
    }

    #[test]
    fn a_refusal_says_why() {
        assert_eq!(judged(""), Err(Weak::Missing));
        assert_eq!(judged("short"), Err(Weak::TooShort(12)));
        assert_eq!(judged(&"x".repeat(1025)), Err(Weak::TooLong));
        assert_eq!(judged("AdaMarchetti2026"), Err(Weak::Personal));
        assert!(matches!(judged("aaaaaaaaaaaaaa"), Err(Weak::Guessable(_))));
        assert!(matches!(judged("password1234"), Err(Weak::Guessable(_))));
        assert!(matches!(judged("qwertyuiopas"), Err(Weak::Guessable(_))));
    }

    #[test]
    fn what_is_guessable_stays_so_when_it_is_long() {
        let name = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren";
        let typed = Password::from_typed(&format!("{name}password1234"));
        assert!(matches!(check(&typed, &[name], 12), Err(Weak::Guessable(_))));
        for part in ["password1234", "aaaaaaaaaaaa", "abcdefghijklmnopqrstuvwxyz0123456789"] {
            for times in 2..5 {
                assert!(matches!(judged(&part.repeat(times)), Err(Weak::Guessable(_))), "{part} {times}");
            }
        }
        let strange = "İ1@x".repeat(10);
        assert!(looked_at(&strange.repeat(9)).chars().count() <= LOOKED_AT);
        assert_eq!(*looked_at(&"0123456789abcdefghijklmno".repeat(3)), "0123456789abcdefghijklmno");
    }

    #[test]
    fn no_password_keeps_the_judge_busy() {
        for text in
            ["@4{([<69!1|7$5+%2", "4@69$51!+7", "({[<4@1!|7$569", "1472506938!$@|+%({[<", "p4$$w0rd", "ab", "İ1@"]
        {
            let start = std::time::Instant::now();
            let _ = judged(&text.chars().cycle().take(300).collect::<String>());
            // Ten times what it needs alone, as tests run side by side. Two seconds alone was the worst before.
            assert!(start.elapsed().as_millis() < 1_500, "{text}: {:?}", start.elapsed());
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_it_panic(typed in "\\PC{0,150}", name in ".*") {
            let _ = check(&Password::from_typed(&typed), &[&name], 1);
        }
    }
}
