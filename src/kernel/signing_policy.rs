//! What a project does with files whose signature does not hold. `projects` stores it, `ingestion` acts on it.

crate::text_enum! {
    pub enum SigningPolicy {
        /// Everything readable is taken; its verdict stands beside it. The default, as in Edge Impulse.
        AcceptAndMark = "accept_and_mark",
        /// A signature that does not hold is refused; a file that claims none is taken.
        RejectInvalid = "reject_invalid",
        /// Only files that one of the project's keys signed are taken. No picture and no sound can be signed.
        RequireValid = "require_valid",
    }
}
