//! Mails over SMTP, to a server of a few lines.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use keystead::jobs::{MOST_ATTEMPTS, Progress, dead};
use keystead::kernel::time::hours;
use keystead::mail::failed;
use keystead::mail::transport::Smtp;

use crate::mails::{postman, queued};
use crate::support::stores::{Given, on_each_database};

/// Takes as many connections as there are answers to `RCPT`, and returns what it was sent.
fn server(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        answers.iter().map(|answer| conversation(&listener.accept().unwrap().0, answer)).collect()
    });
    (url, thread)
}

fn conversation(stream: &TcpStream, to_recipient: &str) -> String {
    let mut writer = stream.try_clone().unwrap();
    let mut say = move |line: &str| {
        let _ = writer.write_all(format!("{line}\r\n").as_bytes());
    };
    let (mut heard, mut is_data) = (String::new(), false);
    say("220 test");
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        heard.push_str(&line);
        heard.push('\n');
        match line.split([' ', ':']).next().unwrap() {
            "." if is_data => {
                is_data = false;
                say("250 kept");
            }
            _ if is_data => {}
            "EHLO" => say("250 test"),
            "RCPT" => say(to_recipient),
            "DATA" => {
                is_data = true;
                say("354 go on");
            }
            "QUIT" => {
                say("221 bye");
                break;
            }
            _ => say("250 fine"),
        }
    }
    heard
}

fn delivered(given: &Given, url: &str) {
    queued(given);
    postman(given, Smtp::new(url, "accounts.example.org").unwrap()).run_due().unwrap();
}

#[test]
fn a_mail_reaches_the_server() {
    on_each_database(|given| {
        let (url, thread) = server(&["250 fine"]);
        delivered(given, &url);
        let heard = thread.join().unwrap().remove(0);
        assert!(heard.contains("RCPT TO:<ada@example.org>"), "{heard}");
        assert!(heard.contains("Auto-Submitted: auto-generated") && heard.contains("048151"), "{heard}");
        assert!(given.read(|db| failed(db, 1)).is_empty());
    });
}

#[test]
fn a_server_that_says_never_is_believed_and_its_words_are_kept_without_the_address() {
    on_each_database(|given| {
        let (url, thread) = server(&["550 5.1.1 <ada@example.org> unknown"]);
        delivered(given, &url);
        thread.join().unwrap();
        let mails = given.read(|db| failed(db, 1));
        assert!(mails[0].error.contains("550") && !mails[0].error.contains("ada@"), "{}", mails[0].error);
        assert_eq!(mails[0].attempts, 1);
    });
}

#[test]
fn a_server_that_says_later_or_nothing_is_asked_again() {
    on_each_database(|given| {
        let (url, thread) = server(&["451 4.7.1 greylisted"]);
        delivered(given, &url);
        thread.join().unwrap();
        assert!(given.read(|db| failed(db, 1)).is_empty());
        // Nobody listens there any more.
        let worker = postman(given, Smtp::new(&url, "accounts.example.org").unwrap());
        for _ in 0..MOST_ATTEMPTS {
            given.clock.advance(hours(1));
            worker.run_due().unwrap();
        }
        let dead = given.read(|db| dead(db, None, 5));
        assert_eq!(dead.len(), 1);
        assert!(given.read(|db| keystead::jobs::progress_of(db, dead[0].id)).is_some_and(|p: Progress| p.done == 0));
    });
}
