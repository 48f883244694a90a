//! What the running program needs of memory while files come in: hardly more for large ones and for many.

use std::io::{Read, Write};
use std::net::TcpStream;

use keystead::access::Role;
use keystead::kernel::clock::Clock;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::projects::api_keys;
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Visibility;

use crate::crash::make_person;
use crate::support::program::{Place, Running};
use crate::support::projects::{maker, named, own, stamp};

const MB: u64 = 1024 * 1024;
/// So much more than for small files is nothing that grows with what is sent.
const LEEWAY: u64 = 12 * MB;

/// The value of a key of a new project.
fn key(place: &Place) -> String {
    let site = place.site(Clock::System);
    let ada: AccountId = make_person(&site, Region::Eu, "ada-marchetti");
    let (act, store) = (site.act(Origin::program("a test")), site.regions.store(Region::Eu).unwrap());
    let new = NewProject { name: "Vision".to_owned(), description: String::new(), visibility: Visibility::Private };
    let permit = own(ada).permit().unwrap();
    let project = store.write_now(|db| creation::create(db, &act, &permit, &new)).unwrap();
    let maker = maker(&project, Role::Owner);
    let key = named("bench", KeyRole::IngestionOnly);
    store.write_now(|db| api_keys::create(db, &act, &maker, &stamp(), &key)).unwrap().value.reveal()
}

/// A request whose body is written as it goes: nothing of it is held here either. Its answer.
fn send(program: &Running, path: &str, headers: &str, length: usize, body: &mut dyn FnMut(&mut TcpStream)) -> String {
    let mut stream = TcpStream::connect(program.base().trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    body(&mut stream);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer
}

fn send_large(program: &Running, key: &str, length: usize) {
    let headers = format!("x-api-key: {key}\r\nx-file-name: large.wav\r\n");
    send(program, "/api/training/data", &headers, length, &mut |stream| {
        let piece = vec![7; 64 * 1024];
        let mut left = length;
        while left > 0 {
            let next = left.min(piece.len());
            stream.write_all(&piece[..next]).unwrap();
            left -= next;
        }
    });
}

fn send_many(program: &Running, key: &str, names: std::ops::Range<usize>) {
    let part = |n: usize| {
        let name = format!("name=\"data\"; filename=\"{n}.csv\"");
        format!("--x\r\nContent-Disposition: form-data; {name}\r\n\r\n{}\r\n", n.to_string().repeat(50))
    };
    let (count, body) = (names.len(), names.map(part).chain(["--x--\r\n".to_owned()]).collect::<String>());
    let headers = format!("x-api-key: {key}\r\nContent-Type: multipart/form-data; boundary=x\r\n");
    let answer = send(program, "/api/training/files", &headers, body.len(), &mut |stream| {
        stream.write_all(body.as_bytes()).unwrap();
    });
    assert_eq!(answer.matches("\"sampleId\"").count(), count);
}

#[test]
fn memory_stays_flat_while_large_and_many_files_come_in() {
    let place = Place::on_files();
    place.printed(&["migrate"]);
    let program = place.start(&["serve"]);
    let key = key(&place);
    // Whatever is made once is made now.
    send_large(&program, &key, 2_000_000);
    send_many(&program, &key, 0..10);
    program.forget_peak();
    let before = program.peak();
    let grown = || program.peak().saturating_sub(before);
    send_large(&program, &key, 100 * 1024 * 1024);
    assert!(grown() < LEEWAY, "{} MB for a file of 100 MB", grown() / MB);
    send_many(&program, &key, 1_000..2_000);
    assert!(grown() < LEEWAY, "{} MB for a thousand files", grown() / MB);
}
