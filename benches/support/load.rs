//! Requests over plain connections that stay open, one thread each, and what they took.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    pub fn get(&mut self, path: &str, cookies: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n"))
    }

    /// From a network that nobody else comes from.
    pub fn post(&mut self, path: &str, cookies: &str, form: &str) -> Answer {
        static NETWORK: AtomicU32 = AtomicU32::new(0);
        let [_, b, c, d] = (NETWORK.fetch_add(1, Ordering::Relaxed) << 2).to_be_bytes();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nX-Forwarded-For: {}.{b}.{c}.{d}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            11,
            form.len()
        ))
    }

    /// A program's call, with its token.
    #[allow(dead_code, reason = "not every bench is measured by calls")]
    pub fn call(&mut self, path: &str, token: &str, body: &str) -> Answer {
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// The same for one that only reads.
    #[allow(dead_code, reason = "not every bench is measured by calls")]
    pub fn fetch(&mut self, path: &str, token: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"))
    }

    fn ask(&mut self, request: &str) -> Answer {
        self.stream.write_all(request.as_bytes()).unwrap();
        let end = self.read_until_head();
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        let length: usize = header(&head, "content-length").next().and_then(|text| text.parse().ok()).unwrap_or(0);
        while self.read.len() < end + length {
            self.read_more();
        }
        let body = String::from_utf8_lossy(&self.read[end..end + length]).into_owned();
        self.read.drain(..end + length);
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        Answer { status, head, body }
    }

    fn read_until_head(&mut self) -> usize {
        loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                return at + 4;
            }
            self.read_more();
        }
    }

    fn read_more(&mut self) {
        let mut part = [0; 16 * 1024];
        let count = self.stream.read(&mut part).unwrap();
        assert!(count > 0, "the server hung up");
        self.read.extend_from_slice(&part[..count]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let name = name.to_owned();
    head.lines().filter_map(move |line| {
        let (this, value) = line.split_once(": ")?;
        this.eq_ignore_ascii_case(&name).then_some(value)
    })
}

/// A browser's way to the door: its cookies, and the form to send.
#[derive(Clone)]
pub struct Door {
    pub cookies: String,
    pub form: String,
}

impl Door {
    pub fn before(address: SocketAddr, username: &str, password: &str) -> Self {
        let page = Connection::open(address).get("/sign-in", "");
        let token = page.body.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = format!("form_token={}&login={username}&password={password}", token.unwrap());
        Self { cookies: cookies(&page.head), form }
    }

    /// The cookies of a browser that went in.
    pub fn enter(&self, address: SocketAddr) -> String {
        let answer = Connection::open(address).post("/sign-in", &self.cookies, &self.form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        cookies(&answer.head)
    }
}

fn cookies(head: &str) -> String {
    let pairs = header(head, "set-cookie").filter_map(|cookie| cookie.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Repeats `request` on so many connections for so long, told the number of its connection; what each took, sorted.
pub fn drive(
    address: SocketAddr,
    connections: usize,
    length: Duration,
    request: impl Fn(&mut Connection, usize) -> Answer + Sync,
) -> Vec<Duration> {
    let (is_over, request) = (&AtomicBool::new(false), &request);
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let run = move |number| {
            let (mut connection, mut times) = (Connection::open(address), Vec::new());
            while !is_over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let answer = request(&mut connection, number);
                times.push(begun.elapsed());
                assert!(matches!(answer.status, 200 | 303), "{}: {}", answer.status, answer.body);
            }
            times
        };
        let running: Vec<_> = (0..connections).map(|number| scope.spawn(move || run(number))).collect();
        std::thread::sleep(length);
        is_over.store(true, Ordering::Relaxed);
        running.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    times.sort_unstable();
    times
}
