//! Mails over SMTP, to a server of a few lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use keystead::jobs::{MOST_ATTEMPTS, Progress, dead};
use keystead::kernel::time::hours;
use keystead::mail::failed;
use keystead::mail::transport::Smtp;

use crate::mails::{asked, postman, queued};
use crate::support::skip;
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
        assert!(given.read(|db| failed(db, &asked(1))).is_empty());
    });
}

#[test]
fn a_server_that_says_never_is_believed_and_its_words_are_kept_without_the_address() {
    on_each_database(|given| {
        let (url, thread) = server(&["550 5.1.1 <ada@example.org> unknown"]);
        delivered(given, &url);
        thread.join().unwrap();
        let mails = given.read(|db| failed(db, &asked(1)));
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
        assert!(given.read(|db| failed(db, &asked(1))).is_empty());
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

/// For `localhost` and 127.0.0.1, right in every way but that nobody vouches for it. It guards nothing but this test.
const CERTIFICATE: &str = "MIIBsjCCAVigAwIBAgIURJwYguui/UWtFrhQqlr+OoAby8owCgYIKoZIzj0EAwIwITEfMB0GA1UEAwwWQSBzZXJ2ZXIgbm9ib2R5IHRyd\
    XN0czAgFw0yNjExMjExNTU3MTlaGA8yMTI2MTAyODE1NTcxOVowITEfMB0GA1UEAwwWQSBzZXJ2ZXIgbm9ib2R5IHRydXN0czBZMBMGBy\
    qGSM49AgEGCCqGSM49AwEHA0IABDcvQip4i1ROKRzIqQAId+zFCzo+3ormaPqViyRIM/gLJ56dvb/eM6SJaDYYLatf6ZbHUGiCMw6HnsC\
    jHLwxM+CjbDBqMB0GA1UdDgQWBBSO/GvZCsfDMVBlTv71b/V+UtoOsTAfBgNVHSMEGDAWgBSO/GvZCsfDMVBlTv71b/V+UtoOsTAMBgNV\
    HRMBAf8EAjAAMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9zdDAKBggqhkjOPQQDAgNIADBFAiEA3cmEKotuzDWenr6XeMniz0EmdTXYk\
    GMviqSfu99YZT0CIESE9xsfnshX+btMtpGuu5FivPkjZxBZJXuEj/n8AIl7";
const ITS_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSvCYuLn1KW/GmbMCwcwWhp+9bH53mqBJ3SiFV7dT12+hRANCAAQ3L0Iqe\
    ItUTikcyKkACHfsxQs6Pt6K5mj6lYskSDP4Cyeenb2/3jOkiWg2GC2rX+mWx1BogjMOh57Aoxy8MTPg";

/// Speaks TLS with that certificate, once; what it was told after the handshake, if there was one.
fn untrusted_server() -> (std::net::SocketAddr, JoinHandle<Option<String>>) {
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    let bytes = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let certificate = CertificateDer::from(bytes(CERTIFICATE));
    let key = PrivatePkcs8KeyDer::from(bytes(ITS_KEY)).into();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        tls.write_all(b"220 test\r\n").and_then(|()| tls.flush()).ok()?;
        let (mut heard, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = tls.read(&mut part) {
            heard.extend_from_slice(&part[..count]);
            let _ = tls.write_all(b"250 AUTH PLAIN\r\n").and_then(|()| tls.flush());
        }
        Some(String::from_utf8(heard).unwrap()).filter(|heard| !heard.is_empty())
    });
    (address, thread)
}

#[test]
fn a_server_whose_certificate_nobody_trusts_is_told_nothing() {
    on_each_database(|given| {
        let (address, thread) = untrusted_server();
        queued(given);
        let url = format!("smtps://keystead:s3cret@{address}");
        postman(given, Smtp::new(&url, "accounts.example.org").unwrap()).run_due().unwrap();
        assert_eq!(thread.join().unwrap(), None);
        assert!(given.read(|db| failed(db, &asked(9))).is_empty(), "it is tried again later");
    });
}

/// The address this machine is known by to others, without asking anybody; `None` where there is no network.
fn address_for_others() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Chooses the way there; nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

/// Answers each line it is sent with the next of `answers`, then whatever comes with nonsense; returns all it was sent.
fn deaf_server(ip: std::net::IpAddr, answers: &'static [&'static str]) -> (std::net::SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut heard, mut answers) = (Vec::new(), answers.iter());
        if let Some(greeting) = answers.next() {
            stream.write_all(greeting.as_bytes()).unwrap();
        }
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut part) {
            heard.extend_from_slice(&part[..count]);
            // It may have hung up by now, which is what it should do.
            let _ = stream.write_all(answers.next().unwrap_or(&"this is no TLS\r\n").as_bytes());
        }
        heard
    });
    (address, thread)
}

#[test]
fn a_server_that_cannot_prove_itself_gets_neither_password_nor_mail() {
    let Some(ip) = address_for_others() else { return skip("network", "this machine has no address of its own") };
    on_each_database(|given| {
        for (scheme, answers) in [
            // TLS from the first byte, to a server that speaks none.
            ("smtps", [].as_slice()),
            // One that offers no STARTTLS, and one that offers it and cannot.
            ("smtp", &["220 test\r\n", "250-test\r\n250 AUTH PLAIN\r\n", "221 bye\r\n"]),
            ("smtp", &["220 test\r\n", "250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go on\r\n"]),
        ] {
            let (address, thread) = deaf_server(ip, answers);
            queued(given);
            let url = format!("{scheme}://keystead:s3cret@{address}");
            postman(given, Smtp::new(&url, "accounts.example.org").unwrap()).run_due().unwrap();
            let heard = thread.join().unwrap();
            let text = String::from_utf8_lossy(&heard);
            for secret in ["AUTH", "s3cret", "MAIL FROM", "RCPT", "048151", "ada@"] {
                assert!(!text.contains(secret), "{scheme} {answers:?} was sent {text:?}");
            }
            if answers.is_empty() {
                assert_eq!(heard.first(), Some(&0x16), "a TLS handshake comes first: {text:?}");
            }
            assert!(given.read(|db| failed(db, &asked(9))).is_empty(), "it is tried again later");
        }
    });
}
