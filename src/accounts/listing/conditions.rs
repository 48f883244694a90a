//! A filter as conditions on the rows of a bounded source.

use crate::kernel::minutes_rank;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;

use super::filter::{Filter, Search};
use super::order::Sort;
use super::query::{Bounds, Sql};

impl Filter {
    /// What is asked of the column that `sort` sorts by.
    pub(super) fn bounds(&self, sort: Sort, month: Month) -> Bounds {
        let span = match sort {
            Sort::Created => self.created,
            Sort::LastSeen => self.last_seen,
            Sort::Minutes => {
                let from = self.minutes_more_than.map(|minutes| minutes_rank::more_than(month, minutes));
                return Bounds { from, until: None };
            }
        };
        Bounds { from: span.from.map(Timestamp::as_micros), until: span.until.map(Timestamp::as_micros) }
    }

    /// Everything asked for at once.
    pub(super) fn push_conditions(&self, sql: &mut Sql, month: Month) {
        for sort in Sort::ALL {
            self.bounds(*sort, month).push(sql, *sort);
        }
        if let Some(status) = self.status {
            sql.push(" AND status = ");
            sql.text(status.as_str());
        }
        if let Some(plan) = &self.plan {
            sql.push(" AND plan = ");
            sql.text(plan);
        }
        match self.has_mfa {
            Some(true) => sql.push(" AND has_mfa"),
            Some(false) => sql.push(" AND NOT has_mfa"),
            None => {}
        }
        if let Some(Search::Beginnings(words)) = &self.search {
            for word in words {
                sql.push(" AND words LIKE ");
                sql.text(&pattern(word));
                sql.push(" ESCAPE '!'");
            }
        }
    }
}

/// Words stand each behind a space.
fn pattern(beginning: &str) -> String {
    let mut pattern = String::from("% ");
    for c in beginning.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_no_pattern() {
        assert_eq!(pattern("a_b%c!"), "% a!_b!%c!!%");
    }
}
