//! Workspaces: what can own things. One's own, and organizations with their members.
//!
//! Rule: who may do what is decided by the role that [`membership`] read for this very request. An organization always
//! has an Owner: the database itself refuses to be without one.

pub mod membership;
pub mod numbers;
pub mod workspace;
