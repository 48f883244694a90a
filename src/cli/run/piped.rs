//! A command whose output is read and masked on its way: started beside this process, which hands on signals and ends as
//! the command did.
//!
//! Rule: nothing is shown that did not go through the mask, and nothing is lost: it ends when the command has ended and
//! all that it printed is shown.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::mask::{Masker, Pieces, SHORTEST};
use super::{Variables, start};
use crate::cli::client::Failed;
use crate::cli::warn;

const CHUNK: usize = 16 * 1024;
const STREAMS: usize = 2;

enum Happened {
    /// This process got a signal.
    Signal(Signal),
    /// A child of it has ended.
    Child,
    /// All of one stream is shown.
    Shown,
}

pub fn run(mut command: Command, variables: &Variables) -> Result<ExitCode, Failed> {
    for (name, _) in variables.iter().filter(|(_, value)| value.trim().len() < SHORTEST) {
        warn(&format!("keystead run: {name} is shorter than {SHORTEST} bytes, so it is not masked"));
    }
    let pieces = Arc::new(Pieces::of(variables.iter().map(|(_, value)| value.as_str())));
    let cannot = |error| Failed::from(format!("The command cannot be looked after: {error}."));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    runtime.block_on(async {
        let (tell, happened) = unbounded_channel();
        // Before it starts: unheard they would end this process and leave the command behind.
        listen(&tell).map_err(cannot)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| start::not_started(&command, variables, &error))?;
        if let Some(out) = child.stdout.take() {
            show(out, std::io::stdout(), Masker::new(Arc::clone(&pieces)), tell.clone());
        }
        if let Some(err) = child.stderr.take() {
            show(err, std::io::stderr(), Masker::new(pieces), tell.clone());
        }
        until_over(child, happened).await
    })
}

async fn until_over(mut child: Child, mut happened: UnboundedReceiver<Happened>) -> Result<ExitCode, Failed> {
    let cannot = |error| Failed::from(format!("How the command ended cannot be told: {error}."));
    let (mut ended, mut shown) = (child.try_wait().map_err(cannot)?, 0);
    loop {
        if let Some(status) = ended.filter(|_| shown == STREAMS) {
            return Ok(code_of(status));
        }
        match happened.recv().await {
            Some(Happened::Shown) => shown += 1,
            Some(Happened::Child) if ended.is_none() => ended = child.try_wait().map_err(cannot)?,
            Some(Happened::Child) | None => {}
            // Something it left behind still holds its output, and nobody wants to wait for that any more.
            Some(Happened::Signal(signal)) if ended.is_some() => return Ok(code_of_signal(signal.as_raw())),
            Some(Happened::Signal(signal)) => hand_on(&child, signal),
        }
    }
}

/// To the command alone. It has not been waited for, so the number is still its own.
fn hand_on(child: &Child, signal: Signal) {
    let is_of_keyboard = [Signal::INT, Signal::QUIT, Signal::WINCH].contains(&signal);
    // A terminal tells everybody before it; told twice, many programs stop without tidying up.
    if is_of_keyboard && is_in_foreground() {
        return;
    }
    let Some(process) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    if let Err(error) = kill_process(process, signal) {
        warn(&format!("keystead run: a signal could not be handed on: {error}"));
    }
}

fn is_in_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|terminal| rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}

fn listen(tell: &UnboundedSender<Happened>) -> std::io::Result<()> {
    hear(SignalKind::child(), tell, || Happened::Child)?;
    for (kind, own) in [
        (SignalKind::interrupt(), Signal::INT),
        (SignalKind::terminate(), Signal::TERM),
        (SignalKind::hangup(), Signal::HUP),
        (SignalKind::quit(), Signal::QUIT),
        (SignalKind::user_defined1(), Signal::USR1),
        (SignalKind::user_defined2(), Signal::USR2),
        (SignalKind::window_change(), Signal::WINCH),
    ] {
        hear(kind, tell, move || Happened::Signal(own))?;
    }
    Ok(())
}

fn hear(
    kind: SignalKind,
    tell: &UnboundedSender<Happened>,
    what: impl Fn() -> Happened + Send + 'static,
) -> std::io::Result<()> {
    let (mut heard, tell) = (signal(kind)?, tell.clone());
    tokio::spawn(async move { while heard.recv().await.is_some() && tell.send(what()).is_ok() {} });
    Ok(())
}

/// Shows one stream on a thread of its own, as it comes.
fn show(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    mut masker: Masker,
    tell: UnboundedSender<Happened>,
) {
    std::thread::spawn(move || {
        // Whoever reads it has gone: then the command is to learn that, too, by its own pipe that is closed here.
        drop(copy(&mut from, &mut to, &mut masker));
        drop(from);
        drop(tell.send(Happened::Shown));
    });
}

fn copy(from: &mut impl Read, to: &mut impl Write, masker: &mut Masker) -> std::io::Result<()> {
    let (mut chunk, mut out) = (vec![0; CHUNK], Vec::new());
    loop {
        let read = match from.read(&mut chunk) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            masker.finish(&mut out);
        } else {
            masker.feed(&chunk[..read], &mut out);
        }
        to.write_all(&out)?;
        to.flush()?;
        out.clear();
        if read == 0 {
            return Ok(());
        }
    }
}

/// As shells answer for a command that a signal ended.
fn code_of(status: ExitStatus) -> ExitCode {
    match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
        (None, signal) => code_of_signal(signal.unwrap_or(0)),
    }
}

fn code_of_signal(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
}
