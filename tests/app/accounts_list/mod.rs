//! The administrators' list of accounts, held against the same list made in memory.

mod model;

use diesel::prelude::*;
use keystead::accounts::listing::{
    Effort, Filter, Page, PageRequest, Search, Sort, Span, Start, Total, merge, page_of_region, page_with,
    rewrite_words,
};
use keystead::db::migrate::{Kind, migrate};
use keystead::db::schema::{accounts, listed_accounts, workspaces};
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::sessions::account::Status;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::postgres;
use crate::support::region::{NOON, account, act_at, on_each_region};
use model::{Someone, at, clear, naive_list, store_all};

/// Two regions, on SQLite and, where there is one, on PostgreSQL.
fn on_each_pair(test: impl Fn(&[(Region, Store)])) {
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| {
        let url = url.parse().unwrap();
        migrate(&url, Kind::Region, NOON).unwrap();
        Store::new(url, 4)
    };
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    test(&[(Region::Us, open(&file("us"))), (Region::Eu, open(&file("eu")))]);
    let Some(cluster) = postgres::cluster() else { return };
    let [us, eu] = std::array::from_fn(|_| cluster.database("region", |url| drop(open(url))));
    test(&[(Region::Us, open(&us.url)), (Region::Eu, open(&eu.url))]);
}

struct List<'a> {
    stores: &'a [(Region, Store)],
    filter: Filter,
    sort: Sort,
    descending: bool,
    size: usize,
    effort: Effort,
}

impl List<'_> {
    fn page(&self, start: Start) -> Page {
        let request = PageRequest { sort: self.sort, descending: self.descending, start, size: self.size };
        let share = |store: &Store| store.read_now(|db| page_with(db, NOON, &self.filter, &request, &self.effort));
        merge(self.stores.iter().map(|(region, store)| (*region, share(store).unwrap())).collect(), &request)
    }

    fn forward(&self) -> (Vec<AccountId>, Vec<Total>) {
        let (mut ids, mut totals, mut start) = (Vec::new(), Vec::new(), Start::Beginning);
        for _ in 0..10_000 {
            let page = self.page(start);
            ids.extend(ids_of(&page));
            totals.push(page.total);
            match page.next {
                Some(next) => start = Start::After(next),
                None => return (ids, totals),
            }
        }
        panic!("the list has no end");
    }

    /// From behind the last row to the first.
    fn backward(&self, last: &Someone) -> Vec<AccountId> {
        let behind = keystead::kernel::cursor::Cursor { value: last.sort_value(self.sort), id: last.id.to_string() };
        let (mut ids, mut start) = (Vec::new(), Start::Before(behind));
        for _ in 0..10_000 {
            let page = self.page(start);
            ids.extend(ids_of(&page).into_iter().rev());
            match page.previous {
                Some(previous) => start = Start::Before(previous),
                None => return ids,
            }
        }
        panic!("the list has no beginning");
    }
}

fn ids_of(page: &Page) -> Vec<AccountId> {
    page.rows.iter().map(|(_, row)| row.id).collect()
}

fn efforts() -> impl Strategy<Value = Effort> {
    let tiny = Effort { first_look: 1, looks: vec![1], set: 0, range: 0, count: 1 };
    let few = Effort { first_look: 2, looks: vec![1, 3], set: 4, range: 3, count: 2 };
    prop_oneof![Just(Effort::default()), Just(tiny), Just(few)]
}

#[test]
fn walking_all_pages_gives_everybody_once_and_in_order() {
    on_each_pair(|stores| {
        let questions = prop::collection::vec((model::filter(), 0..3_usize, any::<bool>(), 1..9_usize, efforts()), 6);
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&(model::people(), questions), |(people, questions)| {
            let half = people.len() / 2;
            for ((_, store), share) in stores.iter().zip([&people[..half], &people[half..]]) {
                clear(store);
                store_all(store, share);
            }
            for (filter, sort, descending, size, effort) in questions {
                let is_thorough = effort == Effort::default();
                let list = List { stores, filter, sort: Sort::ALL[sort], descending, size, effort };
                let mut expected = naive_list(&people, &list.filter, list.sort, descending);
                let (found, totals) = list.forward();
                prop_assert_eq!(&found, &expected);
                for total in totals {
                    match total {
                        Total::Exactly(count) => prop_assert_eq!(count, expected.len()),
                        Total::AtLeast(count) => prop_assert!(!is_thorough && count <= expected.len()),
                    }
                }
                if let Some(id) = expected.pop() {
                    let hindmost = people.iter().find(|someone| someone.id == id).unwrap();
                    expected.reverse();
                    prop_assert_eq!(list.backward(hindmost), expected);
                }
            }
            Ok(())
        });
        outcome.unwrap();
    });
}

#[test]
fn accounts_that_come_meanwhile_repeat_nobody() {
    on_each_pair(|stores| {
        let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
        let strategy = (model::people(), prop::collection::vec(model::someone(), 20), 0..3_usize, any::<bool>());
        let outcome = runner.run(&strategy, |(people, newcomers, sort, descending)| {
            for (_, store) in stores {
                clear(store);
            }
            store_all(&stores[0].1, &people);
            let (sort, effort) = (Sort::ALL[sort], Effort::default());
            let list = List { stores, filter: Filter::default(), sort, descending, size: 4, effort };
            let (mut found, mut start, mut newcomers) = (Vec::new(), Start::Beginning, newcomers.into_iter());
            loop {
                let page = list.page(start);
                found.extend(ids_of(&page));
                store_all(&stores[1].1, newcomers.next().as_slice());
                let Some(next) = page.next else { break };
                start = Start::After(next);
            }
            let known = naive_list(&people, &Filter::default(), sort, descending);
            let mut once = found.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), found.len(), "somebody is there twice");
            found.retain(|id| known.contains(id));
            prop_assert_eq!(found, known, "somebody was passed over");
            Ok(())
        });
        outcome.unwrap();
    });
}

#[test]
fn a_page_shows_what_is_known_of_an_account() {
    on_each_region(|store| {
        let act = act_at(NOON);
        let ada = account(store, &act, "ada-marchetti");
        let change = |db: &mut Db| {
            diesel::update(accounts::table.find(ada))
                .set((accounts::has_mfa.eq(true), accounts::status.eq(Status::Closing), accounts::photo.eq("v1")))
                .execute(db)?;
            let rank = keystead::kernel::minutes_rank::of(model::november(), 5_400);
            diesel::update(workspaces::table.find(ada.personal_workspace()))
                .set((workspaces::plan.eq("pro"), workspaces::minutes_rank.eq(rank)))
                .execute(db)?;
            rewrite_words(db, ada, "Ada Marchetti")
        };
        store.write_now::<_, DbError>(change).unwrap();
        let row = |filter: &Filter| {
            let request = PageRequest { sort: Sort::Minutes, descending: true, start: Start::Beginning, size: 5 };
            let page = store.read_now(|db| page_of_region(db, NOON, filter, &request)).unwrap();
            merge(vec![(Region::Eu, page)], &request).rows.pop()
        };
        let all_of_it = Filter {
            search: Search::beginnings("MAR ada-m"),
            plan: Some("pro".to_owned()),
            has_mfa: Some(true),
            status: Some(Status::Closing),
            created: Span { from: Some(at(1)), until: None },
            last_seen: Span { from: Some(at(0)), until: None },
            minutes_more_than: Some(89),
        };
        let (region, shown) = row(&all_of_it).unwrap();
        assert_eq!((region, shown.id, shown.username.as_str()), (Region::Eu, ada, "ada-marchetti"));
        assert_eq!((shown.plan.as_str(), shown.total_minutes, shown.photo.as_deref()), ("pro", 90, Some("v1")));
        assert_eq!((shown.status, shown.has_mfa), (Status::Closing, true));
        assert!(row(&Filter { minutes_more_than: Some(90), ..all_of_it.clone() }).is_none());
        assert!(row(&Filter { search: Some(Search::Account(ada)), ..Filter::default() }).is_some());

        store.write_now(|db| rewrite_words(db, ada, "Grace Hopper")).unwrap();
        assert!(row(&Filter { search: Search::beginnings("march"), ..Filter::default() }).is_none());
        assert!(row(&Filter { search: Search::beginnings("hop"), ..Filter::default() }).is_some());
    });
}

#[test]
fn an_account_that_goes_leaves_the_list() {
    on_each_region(|store| {
        let ada = account(store, &act_at(NOON), "ada-marchetti");
        let count = || store.read_now::<i64, DbError>(|db| listed_accounts::table.count().get_result(db)).unwrap();
        assert_eq!(count(), 1);
        let delete = |db: &mut Db| {
            diesel::delete(workspaces::table.find(ada.personal_workspace())).execute(db)?;
            diesel::delete(accounts::table.find(ada)).execute(db)
        };
        store.write_now::<_, DbError>(delete).unwrap();
        assert_eq!(count(), 0);
    });
}
