//! The administrators' list at a million accounts against the same at a thousand: `cargo bench --bench accounts_list`.
//!
//! On SQLite, and on PostgreSQL with `KEYSTEAD_BENCH_POSTGRES=postgres://user@host/` (two databases are made there and
//! dropped). `KEYSTEAD_BENCH_PEOPLE` lists another number than a million, for a quick look.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

mod support;

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use keystead::accounts::listing::{Filter, Page, PageRequest, Search, Sort, Span, Start, merge, page_of_region};
use keystead::db::{Store, migrate, store};
use keystead::kernel::region::Region;
use keystead::kernel::time::{Timestamp, days, hours};
use keystead::on_each;
use keystead::sessions::account::Status;

/// 20 November 2026, 12:00.
const NOW: Timestamp = Timestamp::from_seconds(1_795_176_000);
const FEW: i64 = 1_000;

fn main() {
    let many = setting("KEYSTEAD_BENCH_PEOPLE").and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let file = |n: i64| folder.path().join(format!("{n}.sqlite")).to_string_lossy().into_owned();
    compare("SQLite", many, [region(&file(FEW), FEW), region(&file(many), many)]);
    let Some(server) = setting("KEYSTEAD_BENCH_POSTGRES") else { return };
    let name = |n: i64| format!("keystead_bench_{n}");
    let command = |text: &str| {
        let mut db = store::open(&format!("{server}postgres").parse().unwrap()).unwrap();
        on_each!(&mut db, |c| c.batch_execute(text)).unwrap();
    };
    for n in [FEW, many] {
        command(&format!("DROP DATABASE IF EXISTS {}", name(n)));
        command(&format!("CREATE DATABASE {}", name(n)));
    }
    let url = |n: i64| format!("{server}{}", name(n));
    compare("PostgreSQL", many, [region(&url(FEW), FEW), region(&url(many), many)]);
    for n in [FEW, many] {
        command(&format!("DROP DATABASE {} WITH (FORCE)", name(n)));
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment where to run")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn region(url: &str, people: i64) -> Store {
    let url = url.parse().unwrap();
    migrate::migrate(&url, migrate::Kind::Region, NOW).unwrap();
    let store = Store::new(url, 2);
    let started = Instant::now();
    store.read_now(|db| support::people::fill(db, people, NOW)).unwrap();
    println!("{people} accounts made in {:.1} s", started.elapsed().as_secs_f64());
    store
}

fn compare(database: &str, many: i64, [small, large]: [Store; 2]) {
    println!(
        "\n{database}: milliseconds of the slowest of six orders (three sorts, both ways), first page and a deep one"
    );
    println!("{:28} {:>8} {:>8} {:>8} {:>8}", "", "at 1,000", format!("at {many}"), "ratio", "deep");
    let mut plain = 0.0;
    for (name, filter) in filters() {
        let (mut few, mut first, mut deep) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for (sort, descending) in Sort::ALL.iter().flat_map(|sort| [(*sort, true), (*sort, false)]) {
            few = few.max(measured(&small, &filter, sort, descending).0);
            let (at_first, at_depth) = measured(&large, &filter, sort, descending);
            (first, deep) = (first.max(at_first), deep.max(at_depth));
        }
        let ratio = first.as_secs_f64() / few.as_secs_f64();
        if filter == Filter::default() {
            plain = ratio;
        }
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!("{name:28} {:8.2} {:8.2} {ratio:8.2} {:8.2}", ms(few), ms(first), ms(deep));
    }
    println!("{database}: accounts list at {many} ÷ at {FEW} = {plain:.2} (aim: at most 1.5)");
}

/// The first page, and one forty pages further on where the list is that long: the best of several.
fn measured(store: &Store, filter: &Filter, sort: Sort, descending: bool) -> (Duration, Duration) {
    let request = |start| PageRequest { sort, descending, start, size: 25 };
    let page = |request: &PageRequest| -> Page {
        let share = store.read_now(|db| page_of_region(db, NOW, filter, request)).unwrap();
        merge(vec![(Region::Eu, share)], request)
    };
    let best = |request: &PageRequest| {
        let time = || {
            let started = Instant::now();
            std::hint::black_box(page(request));
            started.elapsed()
        };
        (0..5).map(|_| time()).min().unwrap()
    };
    let first = request(Start::Beginning);
    let mut deep = first.clone();
    for _ in 0..40 {
        let Some(next) = page(&deep).next else { break };
        deep = request(Start::After(next));
    }
    (best(&first), best(&deep))
}

fn filters() -> Vec<(&'static str, Filter)> {
    let plan = |plan: &str| Filter { plan: Some(plan.to_owned()), ..Filter::default() };
    let mfa = |has_mfa| Filter { has_mfa: Some(has_mfa), ..Filter::default() };
    let status = |status| Filter { status: Some(status), ..Filter::default() };
    let since = |at| Span { from: Some(at), until: None };
    let before = |at| Span { from: None, until: Some(at) };
    let created = |created| Filter { created, ..Filter::default() };
    let seen = |last_seen| Filter { last_seen, ..Filter::default() };
    let minutes = |minutes| Filter { minutes_more_than: Some(minutes), ..Filter::default() };
    let search = |typed| Filter { search: Search::beginnings(typed), ..Filter::default() };
    vec![
        ("everybody", Filter::default()),
        ("plan free", plan("free")),
        ("plan pro", plan("pro")),
        ("plan enterprise", plan("enterprise")),
        ("a plan nobody has", plan("gone")),
        ("MFA on", mfa(true)),
        ("MFA off", mfa(false)),
        ("active", status(Status::Active)),
        ("unconfirmed", status(Status::Unconfirmed)),
        ("suspended", status(Status::Suspended)),
        ("closing", status(Status::Closing)),
        ("created in a day", created(since(NOW.minus(days(1))))),
        ("created in 10 days", created(since(NOW.minus(days(10))))),
        ("created in 100 days", created(since(NOW.minus(days(100))))),
        ("created 1,000 days ago", created(before(NOW.minus(days(1_000))))),
        ("seen in an hour", seen(since(NOW.minus(hours(1))))),
        ("seen in 5 days", seen(since(NOW.minus(days(5))))),
        ("not seen for 900 days", seen(before(NOW.minus(days(900))))),
        ("more than 0 minutes", minutes(0)),
        ("more than 1,000 minutes", minutes(1_000)),
        ("more than 10,000 minutes", minutes(10_000)),
        ("search m", search("m")),
        ("search ada", search("ada")),
        ("search person-47", search("person-47")),
        ("search person-4711", search("person-4711")),
        ("search zzz", search("zzz")),
        ("search ada mar", search("ada mar")),
        ("pro, MFA, unconfirmed", Filter { status: Some(Status::Unconfirmed), has_mfa: Some(true), ..plan("pro") }),
        (
            "enterprise, MFA, suspended",
            Filter { status: Some(Status::Suspended), has_mfa: Some(true), ..plan("enterprise") },
        ),
    ]
}
