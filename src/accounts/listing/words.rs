//! The words an account is found by: its username, and each word of its name.
//!
//! Rule: words are stored as they are compared: NFC, lower case, diacritics kept.

use diesel::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::db::Db;
use crate::db::schema::{account_words, accounts, listed_accounts};
use crate::insert_if_new;
use crate::kernel::id::AccountId;

/// Names have at most 100 characters, so these only ever end a strange one. The words of an account stand in the entries
/// of an index, which PostgreSQL limits to 2,704 bytes.
const MOST_WORDS: usize = 24;
const MOST_BYTES: usize = 800;

/// The words of a name or of what was typed to search for one. `Samira El-Amrani` gives `samira`, `el-amrani` and
/// `amrani`: a part after a hyphen begins a word too.
pub fn words_of(text: &str) -> Vec<String> {
    let whole = whole_words(text);
    let parts = whole.iter().flat_map(|word| {
        word.match_indices(['-', '\'', '’'])
            .map(|(at, mark)| word[at + mark.len()..].trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned())
    });
    let mut words: Vec<String> = Vec::new();
    let mut bytes = 0;
    for word in whole.iter().cloned().chain(parts) {
        bytes += word.len() + 1;
        if words.len() == MOST_WORDS || bytes > MOST_BYTES {
            break;
        }
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// What was typed, split at spaces only: `el-am` must stay one beginning.
pub(super) fn whole_words(text: &str) -> Vec<String> {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Replaces the words `account` is found by. Called in the transaction that creates the account or changes its `name`.
pub fn rewrite_words(db: &mut Db, account: AccountId, name: &str) -> QueryResult<()> {
    let username: String = accounts::table.find(account).select(accounts::username).first(db)?;
    let mut words = words_of(name);
    if !words.contains(&username) {
        words.push(username);
    }
    diesel::delete(account_words::table.filter(account_words::account_id.eq(account))).execute(db)?;
    let listed: String = words.iter().flat_map(|word| [" ", word.as_str()]).collect();
    diesel::update(listed_accounts::table.find(account)).set(listed_accounts::words.eq(listed)).execute(db)?;
    let rows: Vec<_> =
        words.into_iter().map(|word| (account_words::word.eq(word), account_words::account_id.eq(account))).collect();
    insert_if_new!(db, account_words::table, &rows)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_the_beginning_of_each_of_its_words() {
        assert_eq!(words_of("Samira El-Amrani"), ["samira", "el-amrani", "amrani"]);
        assert_eq!(words_of("  Seán O'Brien (Bob) "), ["seán", "o'brien", "bob", "brien"]);
        assert_eq!(words_of("Ada ada ADA"), ["ada"]);
        assert_eq!(words_of("Zoe\u{308}"), ["zoë"]);
        assert_eq!(words_of("李小龍 — !"), ["李小龍"]);
        assert!(words_of(" -- ").is_empty());
    }
}
