//! More things at once than one statement of SQLite can name.

use std::collections::HashMap;

use keystead::db::Db;
use keystead::kernel::id::{AccountId, WorkspaceId};
use keystead::kernel::month::Month;
use keystead::kernel::time::seconds;
use keystead::projects::creation::{self, NewProject};
use keystead::projects::people;
use keystead::projects::project::{self, Visibility};
use keystead::sessions::account as accounts;
use keystead::usage::month;
use keystead::workspaces::{numbers, summary};

use crate::support::projects::own;
use crate::support::region::{NOON, account, act_at, on_each_region};

const MANY: usize = 33_000;

#[test]
fn more_things_than_a_statement_can_name_are_asked_for_all_the_same() {
    on_each_region(|store| {
        let act = act_at(NOON);
        let (first, last) = (account(store, &act, "ada-m"), account(store, &act, "bea-m"));
        let made = |db: &mut Db, owner: AccountId, after: u64, name: &str| {
            let new = NewProject { name: name.to_owned(), description: String::new(), visibility: Visibility::Private };
            creation::create(db, &act_at(NOON.plus(seconds(after))), &own(owner).permit().unwrap(), &new)
        };
        let older = store.write_now(|db| made(db, last, 0, "Older")).unwrap();
        let newer = store.write_now(|db| made(db, first, 1, "Newer")).unwrap();
        assert!(older.id < newer.id);
        let nobody = std::iter::repeat_with(|| act.id::<AccountId>()).take(MANY);
        let everybody: Vec<AccountId> = std::iter::once(first).chain(nobody).chain([last]).collect();
        let places: Vec<WorkspaceId> = everybody.iter().rev().map(|one| one.personal_workspace()).collect();
        let found = |most: i64| -> Vec<String> {
            let found = store.read_now(|db| project::of_workspaces(db, &places, most)).unwrap();
            found.into_iter().map(|project| project.name).collect()
        };
        assert_eq!((found(10), found(1)), (vec!["Newer".to_owned(), "Older".to_owned()], vec!["Newer".to_owned()]));
        let people = store.read_now(|db| accounts::some(db, everybody.iter().copied())).unwrap();
        assert_eq!(people.iter().map(|one| one.id).collect::<Vec<_>>(), [first, last]);
        assert_eq!(store.read_now(|db| people::names(db, everybody.iter().copied())).unwrap().len(), 2);
        let number = store.write_now(|db| numbers::of(db, last.as_str())).unwrap();
        let ids: Vec<String> = everybody.iter().map(ToString::to_string).collect();
        let known = store.read_now(|db| numbers::known(db, &ids)).unwrap();
        assert_eq!(known, HashMap::from([(last.to_string(), number)]));
        assert!(store.read_now(|db| summary::heads(db, &places)).unwrap().is_empty());
        assert!(store.read_now(|db| month::of_many(db, &places, Month::of(NOON))).unwrap().is_empty());
    });
}
