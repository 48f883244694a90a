//! The program. Everything is in the library, so that tests can start the real thing.

fn main() -> std::process::ExitCode {
    keystead::cli::run()
}
