//! Projects: what holds keys, samples and artifacts.
//!
//! Rule: a project belongs to one workspace for good; whoever is not in that workspace cannot tell that it exists.

pub mod project;
