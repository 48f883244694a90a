//! The pages of all regions as one.

use crate::kernel::cursor::Cursor;
use crate::kernel::region::Region;

use super::order::{PageRequest, Start, Stretch};
use super::page::RegionPage;
use super::row::Row;
use super::total::Total;

#[derive(Debug)]
pub struct Page {
    /// In the order asked for, whichever way they were read.
    pub rows: Vec<(Region, Row)>,
    /// Starts the page behind this one.
    pub next: Option<Cursor>,
    /// Starts the page before this one, read backwards.
    pub previous: Option<Cursor>,
    pub total: Total,
    /// The search ended before the page was full, when so many accounts had been looked through. The cursors go on
    /// from there.
    pub looked_through: Option<i64>,
}

/// One page of the regions' shares, which must have been asked for with this `request`.
pub fn merge(pages: Vec<(Region, RegionPage)>, request: &PageRequest) -> Page {
    let reading = request.reading();
    let mut total = Total::Exactly(0);
    let mut looked_through = None;
    let mut stretches = Vec::new();
    let mut shares = Vec::new();
    for (region, page) in pages {
        total = total + page.total;
        looked_through = looked_through.max(page.looked_through);
        stretches.push(page.stretch);
        shares.push((region, page.rows));
    }
    let Stretch { mut found, read_to } = Stretch::merged(stretches, &reading);
    let is_full = found.len() > request.size;
    found.truncate(request.size);
    // Where reading goes on in the direction it went, and where it would have to turn back.
    let onward = if is_full { found.last().cloned() } else { read_to.clone() };
    let is_first = request.start == Start::Beginning;
    let back = if is_first { None } else { found.first().cloned().or_else(|| read_to.clone()) };
    let mut rows: Vec<(Region, Row)> = found
        .iter()
        .filter_map(|place| shares.iter_mut().find_map(|(region, rows)| Some((*region, rows.remove(&place.id)?))))
        .collect();
    let (next, previous) = if request.is_backward() {
        rows.reverse();
        (back, onward)
    } else {
        (onward, back)
    };
    let looked_through = looked_through.filter(|_| !is_full);
    Page { rows, next, previous, total, looked_through }
}
