//! The list as anybody would write it: everybody in memory, filtered, sorted.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::prelude::*;
use keystead::accounts::listing::{Filter, Search, Sort, Span, rewrite_words, words_of};
use keystead::db::schema::{account_words, accounts, usage_months, workspaces};
use keystead::db::{Db, DbError, Store};
use keystead::insert_if_new;
use keystead::kernel::id::{AccountId, Id};
use keystead::kernel::minutes_rank;
use keystead::kernel::month::Month;
use keystead::kernel::time::{Timestamp, hours};
use keystead::sessions::account::Status;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::region::NOON;

/// Few different values, so that ties are common.
#[derive(Clone, Debug)]
pub struct Someone {
    pub id: AccountId,
    pub name: String,
    pub plan: &'static str,
    pub status: Status,
    pub has_mfa: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub rank: i64,
}

pub fn at(hour: u64) -> Timestamp {
    NOON.minus(hours(hour))
}

pub fn november() -> Month {
    Month::of(NOON)
}

impl Someone {
    pub fn username(&self) -> String {
        format!("u{}", &self.id.to_string()[24..])
    }

    pub fn minutes(&self) -> i64 {
        (minutes_rank::counted_seconds(self.rank, november()) + 30) / 60
    }

    pub fn sort_value(&self, sort: Sort) -> i64 {
        match sort {
            Sort::Minutes => self.rank,
            Sort::LastSeen => self.last_seen_at.as_micros(),
            Sort::Created => self.created_at.as_micros(),
        }
    }

    fn passes(&self, filter: &Filter) -> bool {
        let within = |span: Span, at: Timestamp| {
            span.from.is_none_or(|from| at >= from) && span.until.is_none_or(|until| at < until)
        };
        let is_found = match &filter.search {
            None => true,
            Some(Search::Nobody) => false,
            Some(Search::Account(id)) => *id == self.id,
            Some(Search::Beginnings(beginnings)) => {
                let mut words = words_of(&self.name);
                words.push(self.username());
                beginnings.iter().all(|beginning| words.iter().any(|word| word.starts_with(beginning)))
            }
        };
        is_found
            && filter.plan.as_deref().is_none_or(|plan| plan == self.plan)
            && filter.has_mfa.is_none_or(|has_mfa| has_mfa == self.has_mfa)
            && filter.status.is_none_or(|status| status == self.status)
            && within(filter.created, self.created_at)
            && within(filter.last_seen, self.last_seen_at)
            && filter.minutes_more_than.is_none_or(|minutes| self.minutes() > minutes)
    }
}

pub fn naive_list(people: &[Someone], filter: &Filter, sort: Sort, descending: bool) -> Vec<AccountId> {
    let mut found: Vec<&Someone> = people.iter().filter(|someone| someone.passes(filter)).collect();
    found.sort_by_key(|someone| (someone.sort_value(sort), someone.id));
    if descending {
        found.reverse();
    }
    found.into_iter().map(|someone| someone.id).collect()
}

pub fn store_all(store: &Store, people: &[Someone]) {
    store.write_now(|db| insert(db, people)).unwrap();
}

pub fn clear(store: &Store) {
    let clear = |db: &mut Db| {
        diesel::delete(usage_months::table).execute(db)?;
        diesel::delete(account_words::table).execute(db)?;
        diesel::delete(workspaces::table).execute(db)?;
        diesel::delete(accounts::table).execute(db)
    };
    store.write_now::<_, DbError>(clear).unwrap();
}

fn insert(db: &mut Db, people: &[Someone]) -> Result<(), DbError> {
    let rows: Vec<_> = people
        .iter()
        .map(|someone| {
            let name = someone.username();
            (
                (
                    accounts::id.eq(someone.id),
                    accounts::username.eq(name.clone()),
                    accounts::email.eq(format!("{name}@mail.example")),
                    accounts::email_digest.eq(name),
                    accounts::name.eq(someone.name.clone()),
                    accounts::job_title.eq(""),
                    accounts::company.eq(""),
                    accounts::bio.eq(""),
                    accounts::use_case.eq(""),
                    accounts::social.eq("{}"),
                ),
                (
                    accounts::time_zone.eq("UTC"),
                    accounts::theme.eq("system"),
                    accounts::revision.eq(1_i64),
                    accounts::status.eq(someone.status),
                    accounts::has_mfa.eq(someone.has_mfa),
                    accounts::is_administrator.eq(false),
                    accounts::created_at.eq(someone.created_at),
                    accounts::last_seen_at.eq(someone.last_seen_at),
                ),
            )
        })
        .collect();
    insert_if_new!(db, accounts::table, &rows)?;
    let rows: Vec<_> = people
        .iter()
        .map(|someone| {
            (
                workspaces::id.eq(someone.id),
                workspaces::name.eq(someone.username()),
                workspaces::kind.eq("personal"),
                workspaces::plan.eq(someone.plan),
                workspaces::minutes_rank.eq(someone.rank),
                workspaces::created_at.eq(someone.created_at),
            )
        })
        .collect();
    insert_if_new!(db, workspaces::table, &rows)?;
    for someone in people {
        rewrite_words(db, someone.id, &someone.name)?;
    }
    Ok(())
}

pub fn people() -> impl Strategy<Value = Vec<Someone>> {
    prop::collection::vec(someone(), 0..60)
}

pub fn someone() -> impl Strategy<Value = Someone> {
    let name = (select(vec!["Ada", "Adam", "Zoë", "Ál"]), select(vec!["March", "El-Adams", "Z_e%", "Zo"]));
    let plan = select(vec!["free", "free", "pro"]);
    let status = select(vec![Status::Active, Status::Active, Status::Unconfirmed, Status::Suspended, Status::Closing]);
    let rank = prop_oneof![
        3 => Just(0),
        2 => (0_i64..8).prop_map(|n| minutes_rank::of(november(), n * 30)),
        1 => (0_i64..3).prop_map(|n| minutes_rank::of(november().previous(), n)),
    ];
    (name, plan, status, any::<bool>(), 0_u64..6, 0_u64..6, rank).prop_map(
        |((given, family), plan, status, has_mfa, created, seen, rank)| Someone {
            id: next_id(),
            name: format!("{given} {family}"),
            plan,
            status,
            has_mfa,
            created_at: at(created),
            last_seen_at: at(seen),
            rank,
        },
    )
}

/// Neither in the order of creation nor in its opposite.
fn next_id() -> AccountId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    AccountId::from_parts(NOON, random)
}

pub fn filter() -> impl Strategy<Value = Filter> {
    let typed = vec!["a", "ada", "adam", "zo", "ad mar", "z_", "%", "u", "el-ad", "adams zoë"];
    let search = mostly_none(select(typed)).prop_map(|typed| typed.and_then(Search::beginnings));
    let plan = mostly_none(select(vec!["free", "pro", "gone"])).prop_map(|plan| plan.map(str::to_owned));
    let status = mostly_none(select(Status::ALL.to_vec()));
    (search, plan, mostly_none(any::<bool>()), status, span(), span(), mostly_none(0_i64..4)).prop_map(
        |(search, plan, has_mfa, status, created, last_seen, minutes_more_than)| Filter {
            search,
            plan,
            has_mfa,
            status,
            created,
            last_seen,
            minutes_more_than,
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let hour = || mostly_none((0_u64..6).prop_map(at));
    (hour(), hour()).prop_map(|(from, until)| Span { from, until })
}

fn mostly_none<T: Clone + Debug + 'static>(
    some: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![3 => Just(None), 2 => some.prop_map(Some)]
}
