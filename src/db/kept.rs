//! Answers that are still true: what a thread read from a SQLite file, for as long as nobody commits anything to it.
//!
//! Rule: exact, never "for a while". Before an answer is given again the file itself is asked whether any other
//! connection, of this process or another, has committed to it (`PRAGMA data_version`), and what a thread keeps was read
//! by a connection that cannot write. So an answer is as true as if its rows were read anew at that moment. It follows
//! from the question and the rows alone: who asks is a function and holds nothing else, above all no time.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;

use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl, SqliteConnection};

use super::url::DatabaseUrl;
use super::{Db, store};

/// How many answers a thread keeps of one file, of a few hundred bytes each. One more, and it begins anew.
const MOST: usize = 4_096;

/// Reads the rows that answer a question.
pub type Look<K, T> = fn(&mut Db, &K) -> QueryResult<T>;

thread_local! {
    /// Of the files that this thread was asked about, by the number of their store.
    static READERS: RefCell<HashMap<u64, Reader>> = RefCell::default();
}

/// The answer of `look`, read anew unless it is known to be the same.
pub(super) fn ask<K, T>(store: u64, url: &DatabaseUrl, asked: K, look: Look<K, T>) -> QueryResult<T>
where
    K: Eq + Hash + 'static,
    T: Clone + 'static,
{
    let reader = READERS.with_borrow_mut(|readers| readers.remove(&store));
    let mut reader = reader.map_or_else(|| Reader::open(url), Ok)?;
    let answer = reader.ask(asked, look)?;
    // After an error or a panic it is not used again.
    READERS.with_borrow_mut(|readers| readers.insert(store, reader));
    Ok(answer)
}

struct Reader {
    db: Db,
    /// The file as it was when the first of the answers was read.
    version: i64,
    answers: Answers,
}

impl Reader {
    fn open(url: &DatabaseUrl) -> QueryResult<Self> {
        let mut db = store::open(url).map_err(|error| store::unreachable_database(error.to_string()))?;
        crate::on_each!(&mut db, |c| c.batch_execute("PRAGMA query_only = ON"))?;
        Ok(Self { db, version: 0, answers: Answers::default() })
    }

    fn ask<K: Eq + Hash + 'static, T: Clone + 'static>(&mut self, asked: K, look: Look<K, T>) -> QueryResult<T> {
        let Db::Sqlite(c) = &mut self.db else { return look(&mut self.db, &asked) };
        // Asked before the rows are read: whatever is committed in between makes them look older than they are.
        let version = version(c)?;
        if version != self.version {
            self.answers = Answers::default();
            self.version = version;
        }
        if let Some(answer) = self.answers.of(look).get(&asked) {
            return Ok(answer.clone());
        }
        let answer = look(&mut self.db, &asked)?;
        self.answers.keep(look, asked, answer.clone());
        Ok(answer)
    }
}

/// By who asks, and then by what was asked.
#[derive(Default)]
struct Answers {
    count: usize,
    all: HashMap<(TypeId, usize), Box<dyn Any>>,
}

impl Answers {
    fn of<K: Eq + Hash + 'static, T: 'static>(&mut self, look: Look<K, T>) -> &mut HashMap<K, T> {
        let who = (TypeId::of::<(K, T)>(), look as usize);
        let answers = self.all.entry(who).or_insert_with(|| Box::new(HashMap::<K, T>::new()));
        match answers.downcast_mut() {
            Some(answers) => answers,
            None => unreachable!("its type is part of the key"),
        }
    }

    fn keep<K: Eq + Hash + 'static, T: 'static>(&mut self, look: Look<K, T>, asked: K, answer: T) {
        if self.count >= MOST {
            *self = Self::default();
        }
        self.count += 1;
        self.of(look).insert(asked, answer);
    }
}

/// A number that changes when another connection commits.
fn version(c: &mut SqliteConnection) -> QueryResult<i64> {
    DataVersion.get_result(c)
}

/// As a query of its own type, so that it is prepared once.
#[derive(QueryId)]
struct DataVersion;

impl Query for DataVersion {
    type SqlType = BigInt;
}

impl RunQueryDsl<SqliteConnection> for DataVersion {}

impl QueryFragment<Sqlite> for DataVersion {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("PRAGMA data_version");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use diesel::{Connection, QueryableByName, sql_query};

    use super::*;

    thread_local! { static LOOKS: Cell<usize> = const { Cell::new(0) }; }

    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }

    #[derive(PartialEq, Eq, Hash)]
    struct Id(i64);

    fn name_of(db: &mut Db, id: &Id) -> QueryResult<Option<String>> {
        LOOKS.set(LOOKS.get() + 1);
        let found: Vec<Name> =
            crate::on_each!(db, |c| sql_query("SELECT name FROM names WHERE id = $1").bind::<BigInt, _>(id.0).load(c))?;
        Ok(found.into_iter().next().map(|row| row.name))
    }

    /// Another question of the same types.
    fn shouted(db: &mut Db, id: &Id) -> QueryResult<Option<String>> {
        Ok(name_of(db, id)?.map(|name| name.to_uppercase()))
    }

    struct File {
        url: DatabaseUrl,
        other: SqliteConnection,
        _folder: tempfile::TempDir,
    }

    impl File {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("names.sqlite");
            let url = DatabaseUrl::Sqlite(path.clone());
            drop(store::open(&url).unwrap());
            let mut other = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
            other.batch_execute("CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").unwrap();
            other.batch_execute("INSERT INTO names VALUES (1, 'ada'), (2, 'bob')").unwrap();
            LOOKS.set(0);
            Self { url, other, _folder: folder }
        }

        fn ask(&self, id: i64) -> Option<String> {
            ask(1, &self.url, Id(id), name_of).unwrap()
        }
    }

    #[test]
    fn an_answer_is_read_once_and_anew_after_every_commit() {
        let mut file = File::new();
        for _ in 0..3 {
            assert_eq!((file.ask(1).as_deref(), file.ask(3)), (Some("ada"), None));
        }
        assert_eq!(LOOKS.get(), 2);
        file.other.batch_execute("UPDATE names SET name = 'eve' WHERE id = 1").unwrap();
        assert_eq!(file.ask(1).as_deref(), Some("eve"));
        file.other.batch_execute("INSERT INTO names VALUES (3, 'kim')").unwrap();
        assert_eq!((file.ask(3).as_deref(), LOOKS.get()), (Some("kim"), 4));
    }

    #[test]
    fn what_is_not_committed_is_not_seen_and_what_is_taken_back_never_was() {
        let mut file = File::new();
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
        file.other.batch_execute("BEGIN IMMEDIATE; DELETE FROM names").unwrap();
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
        file.other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
        file.other.batch_execute("BEGIN IMMEDIATE; DELETE FROM names; COMMIT").unwrap();
        assert_eq!(file.ask(1), None);
    }

    #[test]
    fn a_log_that_is_written_back_and_begun_anew_hides_no_change() {
        let mut file = File::new();
        for n in 0..50 {
            file.other.batch_execute(&format!("UPDATE names SET name = 'ada {n}' WHERE id = 1")).unwrap();
            file.other.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            assert_eq!(file.ask(1).unwrap(), format!("ada {n}"));
        }
        // So does a whole new file under the same pages.
        file.other.batch_execute("VACUUM; DELETE FROM names").unwrap();
        assert_eq!(file.ask(1), None);
    }

    #[test]
    fn questions_of_the_same_types_are_not_taken_for_each_other() {
        let file = File::new();
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
        assert_eq!(ask(1, &file.url, Id(1), shouted).unwrap().as_deref(), Some("ADA"));
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
    }

    #[test]
    fn one_store_is_not_taken_for_another() {
        let (file, mut second) = (File::new(), File::new());
        second.other.batch_execute("UPDATE names SET name = 'eve'").unwrap();
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
        assert_eq!(ask(2, &second.url, Id(1), name_of).unwrap().as_deref(), Some("eve"));
    }

    #[test]
    fn no_more_is_kept_than_so_many_answers_and_nothing_is_written() {
        let file = File::new();
        for id in 0..i64::try_from(2 * MOST + 10).unwrap() {
            file.ask(id);
        }
        let kept = READERS.with_borrow_mut(|readers| readers.get_mut(&1).unwrap().answers.of(name_of).len());
        assert_eq!(kept, 10);
        let write: Look<Id, usize> = |db, _| crate::on_each!(db, |c| sql_query("DELETE FROM names").execute(c));
        assert!(ask(1, &file.url, Id(1), write).is_err());
        assert_eq!(file.ask(1).as_deref(), Some("ada"));
    }
}
