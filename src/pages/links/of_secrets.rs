//! Addresses of secrets, and of the checklists of their leaks.
//!
//! Rule: as in [`super`].

use super::query;
use crate::kernel::id::{LeakDrillId, SecretId};

/// Secrets: one's own, or an organization's by its name.
pub fn secrets(organization: Option<&str>) -> String {
    organization.map_or_else(|| "/settings/secrets".to_owned(), |name| format!("/{name}/settings/secrets"))
}

// Of secrets: `base` is the list they stand in.

/// A part of the list, those filters left out that are empty.
pub fn secrets_where(base: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { base.to_owned() } else { format!("{base}?{}", query(&set)) }
}

pub fn secret_new(base: &str) -> String {
    format!("{base}/new")
}

pub fn secrets_paste(base: &str) -> String {
    format!("{base}/paste")
}

pub fn secrets_review(base: &str) -> String {
    format!("{base}/review")
}

pub fn secret_restore(base: &str) -> String {
    format!("{base}/restore")
}

pub fn secret(base: &str, id: SecretId) -> String {
    format!("{base}/{id}")
}

pub fn secret_replace(base: &str, id: SecretId) -> String {
    format!("{base}/{id}/replace")
}

pub fn secret_roll_back(base: &str, id: SecretId) -> String {
    format!("{base}/{id}/roll-back")
}

pub fn secret_delete(base: &str, id: SecretId) -> String {
    format!("{base}/{id}/delete")
}

pub fn secret_leak(base: &str, id: SecretId) -> String {
    format!("{base}/{id}/leak")
}

/// The checklist of a leak.
pub fn leak(base: &str, id: LeakDrillId) -> String {
    format!("{base}/leaks/{id}")
}

pub fn leak_step(base: &str, id: LeakDrillId) -> String {
    format!("{base}/leaks/{id}/step")
}

pub fn leak_jobs(base: &str, id: LeakDrillId) -> String {
    format!("{base}/leaks/{id}/jobs")
}

pub fn leak_close(base: &str, id: LeakDrillId) -> String {
    format!("{base}/leaks/{id}/close")
}

/// Lines of its access log that are older than this one.
pub fn secret_uses_before(base: &str, id: SecretId, before: &str) -> String {
    format!("{base}/{id}?{}", query(&[("before", before)]))
}
