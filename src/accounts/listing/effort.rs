//! How much is looked at for one page before it is handed out as it is.

/// Numbers of index entries, of each status unless said otherwise. The default keeps every page within a few
/// milliseconds; tests use less to see what happens at the ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Most pages are found among so many.
    pub first_look: i64,
    /// Then these are read, one after the other, and the search ends.
    pub looks: Vec<i64>,
    /// A set of accounts looked up one by one, over all statuses.
    pub set: usize,
    /// A range of an index the list is not sorted by. An entry costs a tenth of a look-up.
    pub range: i64,
    /// Read to count how many pass several conditions at once.
    pub count: i64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { first_look: 1_000, looks: vec![5_000, 15_000], set: 2_000, range: 10_000, count: 5_000 }
    }
}
