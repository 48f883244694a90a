//! Believable people in any number, made by the database itself: a million in less than a minute.
//!
//! Rule: the same number gives the same people, without chance, so that two runs compare.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection;
use keystead::db::{Db, DbError};
use keystead::kernel::minutes_rank;
use keystead::kernel::month::Month;
use keystead::kernel::time::{Timestamp, days};
use keystead::on_each;

const GIVEN: &str = "Ada Aroha Bart Camille Chen Dmitri Emeka Fatima Grace Hannah Henrik Ingrid Ivan Jing Kofi Lucía Mateus \
    Mina Nia Oluwaseun Priya Rafael Samira Seán Sofía Tomáš Ulrike Wei Yuki Zoë";
const FAMILY: &str = "Adebayo Albuquerque Amrani Anguiano Bakker Cavendish Dvořák Eriksson Feldstein Fernández Ferreira \
    Gupta Haddad Ibrahim Jensen Kowalski Lindqvist Lund Marchetti Martin Müller Ngata Nwosu Okafor Park Petrov \
    Quintanilla Roussel Sæther Santos Sato Silva Tanabe Tsai Vasilenko Wairimu Wang Weber Yılmaz Zhang";

/// Fills an empty region. Of the people 95 % are active, 20 % have a second factor, 9 % pay for Pro and 1 % for
/// Enterprise, one in ten used minutes this month, few of them many, and one in five in an earlier one.
pub fn fill(db: &mut Db, people: i64, now: Timestamp) -> Result<(), DbError> {
    let is_sqlite = db.is_sqlite();
    on_each!(db, |c| c.batch_execute(&script(is_sqlite, people, now)))?;
    // What a database does by itself soon after such growth.
    let tidied = if is_sqlite { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "VACUUM ANALYZE" };
    on_each!(db, |c| c.batch_execute(tidied))
}

fn script(is_sqlite: bool, people: i64, now: Timestamp) -> String {
    // The one thing the two spell differently.
    let hex = |value: &str, digits: u8| {
        if is_sqlite {
            format!("printf('%0{digits}x', {value})")
        } else {
            format!("lpad(to_hex({value}), {digits}, '0')")
        }
    };
    let id = format!(
        "{} || '-' || {} || '-7' || {} || '-8' || {} || '-' || {}",
        hex("created_at / 1000 / 65536", 8),
        hex("created_at / 1000 % 65536", 4),
        hex("i % 4096", 3),
        hex("i * 7919 % 4096", 3),
        hex("i", 12)
    );
    let month = Month::of(now);
    let now_micros = now.as_micros();
    let step = i64::try_from(days(3 * 365).as_micros()).unwrap_or(i64::MAX) / people;
    let this_month = minutes_rank::of(month, 0);
    let mut sql = String::from("BEGIN; CREATE TEMP TABLE given (n BIGINT PRIMARY KEY, name TEXT, word TEXT);");
    sql.push_str("CREATE TEMP TABLE family (n BIGINT PRIMARY KEY, name TEXT, word TEXT);");
    for (table, names) in [("given", GIVEN), ("family", FAMILY)] {
        for (n, name) in names.split_whitespace().enumerate() {
            let _ = write!(sql, "INSERT INTO {table} VALUES ({n}, '{name}', '{}');", name.to_lowercase());
        }
    }
    let (given, family) = (GIVEN.split_whitespace().count(), FAMILY.split_whitespace().count());
    let _ = write!(
        sql,
        "CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {people})
           SELECT i, {now_micros} - ({people} - i) * {step} AS created_at FROM n;
         CREATE TEMP TABLE people AS SELECT i, {id} AS id, created_at,
             {now_micros} - ({now_micros} - created_at) / 1000000 * (i * 7919 % 1000) * (i * 7919 % 1000) AS last_seen_at,
             given.name || ' ' || family.name AS name, given.word AS given, family.word AS family,
             CASE WHEN i * 104729 % 100 < 95 THEN 'active' WHEN i * 104729 % 100 < 98 THEN 'unconfirmed'
                  WHEN i * 104729 % 100 = 98 THEN 'suspended' ELSE 'closing' END AS status,
             i * 1299709 % 1000003 % 5 = 0 AS has_mfa,
             CASE WHEN i * 15485863 % 1000003 % 100 = 0 THEN 'enterprise' WHEN i * 15485863 % 1000003 % 100 < 10 THEN 'pro'
                  ELSE 'free' END AS plan,
             CASE WHEN i * 32452843 % 1000003 % 10 = 0 THEN (i * 611953 % 1000) * (i * 611953 % 1000) * (i * 611953 % 997) / 1500
                  ELSE 0 END AS seconds,
             i * 32452843 % 1000003 % 10 AS habit
           FROM numbers JOIN given ON given.n = i * 7 % {given} JOIN family ON family.n = i * 86028121 % 1000003 % {family};
         CREATE UNIQUE INDEX people_by_id ON people (id);
         INSERT INTO workspaces (id, name, kind, plan, minutes_rank, created_at)
           SELECT id, 'person-' || i, 'personal', plan,
             CASE WHEN seconds > 0 THEN {this_month} + seconds WHEN habit < 3 THEN {this_month} - 100000000000 * (1 + i % 14) + i % 90000
                  ELSE 0 END, created_at FROM people ORDER BY i;
         INSERT INTO accounts (id, username, email, email_digest, name, job_title, company, bio, use_case, social, time_zone, theme,
             photo, revision, saved_at, password_hash, password_changed_at, status, has_mfa, is_administrator, created_at,
             confirmed_at, last_seen_at)
           SELECT id, 'person-' || i, 'person-' || i || '@mail.example', 'd' || i, name, 'Engineer', '', '',
             '', '{{}}', 'UTC', 'system', NULL, 1, NULL,
             '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Zm9ydHktdGhyZWUtY2hhcmFjdGVycy1vZi1hLWhhc2g', created_at,
             status, has_mfa, i = 0, created_at, created_at, last_seen_at FROM people ORDER BY i;
         INSERT INTO account_words (word, account_id) SELECT word, id FROM (
             SELECT given AS word, id FROM people UNION ALL SELECT family, id FROM people
             UNION ALL SELECT 'person-' || i, id FROM people) AS words ORDER BY word, id;
         UPDATE listed_accounts SET words = ' ' || given || ' ' || family || ' person-' || i
           FROM people WHERE people.id = listed_accounts.account_id;
         INSERT INTO usage_months (workspace_id, month, cpu_seconds, gpu_seconds)
           SELECT id, {}, seconds - 3 * (seconds / 5), seconds / 5 FROM people WHERE seconds > 0 ORDER BY i;
         DROP TABLE people; DROP TABLE numbers; DROP TABLE given; DROP TABLE family; COMMIT;",
        month.index()
    );
    sql
}
