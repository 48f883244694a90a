//! What the server under test wrote to its log, line by line.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From now on the log of this process is kept. May be called by many tests.
pub fn keep() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
        log.with_writer(|| Kept).init();
    });
}

/// Everything that was written since it is kept.
pub fn all() -> Vec<u8> {
    LINES.lock().unwrap().clone()
}

/// The lines about one request, by the id its answer carries.
pub fn of_request(id: &str) -> Vec<String> {
    let all = String::from_utf8(LINES.lock().unwrap().clone()).unwrap();
    all.lines().filter(|line| line.contains(id)).map(str::to_owned).collect()
}
