//! The project's files, as the checks see them: a path from the project's root, with `/` on every system, and a text.

use std::fs;
use std::path::Path;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One sentence that names a place and what is wrong there.
pub type Complaint = String;

pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// The room a source file belongs to: `src/mail/outbox.rs` is in `mail`, `src/app.rs` is `app`.
    pub fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        Some(inside.split_once('/').map_or(inside.trim_end_matches(".rs"), |(room, _)| room))
    }
}

/// Every text file of the project that a person wrote.
pub fn ours() -> Vec<File> {
    let mut files = Vec::new();
    collect(Path::new(ROOT), &mut files);
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the source must be beside the tests: {ROOT}");
    files
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            let not_ours = ["target", "data", "node_modules", ".git"].iter().any(|other| name == *other);
            if !not_ours {
                collect(&path, files);
            }
        } else if name != "Cargo.lock"
            && name != ".git"
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(ROOT).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}
