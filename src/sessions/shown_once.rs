//! What one page shows, once: kept sealed for the session that made it, erased when it is first looked at.
//!
//! Rule: never in a cookie, an address or a log, shown to nobody after ten minutes, and erased by the next hourly sweep
//! when nobody looked.

use std::time::Duration;

use diesel::QueryResult;
use diesel::prelude::*;
use zeroize::Zeroizing;

use crate::crypto::act::Act;
use crate::crypto::keyring::Context;
use crate::db::Db;
use crate::db::schema::shown_once;
use crate::kernel::id::SessionId;
use crate::kernel::time::{Timestamp, minutes};

const LONGEST: Duration = minutes(10);

#[derive(Insertable)]
#[diesel(table_name = shown_once)]
struct Row {
    session_id: SessionId,
    sealed: Vec<u8>,
    created_at: Timestamp,
}

/// Keeps `text` for the page of this session that asks for `what`, one line that names it, in place of what may still be
/// waiting there.
pub fn keep(db: &mut Db, act: &Act, session: SessionId, what: &str, text: &str) -> QueryResult<()> {
    diesel::delete(shown_once::table.find(session)).execute(db)?;
    let all = Zeroizing::new([what, "\n", text].concat());
    let sealed = act.keyring.seal(&act.chance, sealed_place(&session), all.as_bytes());
    diesel::insert_into(shown_once::table)
        .values(&Row { session_id: session, sealed, created_at: act.now })
        .execute(db)?;
    Ok(())
}

/// Takes it out. Of two looks at once, one sees it. A page that asks for something else leaves it where it is.
pub fn take(db: &mut Db, act: &Act, session: SessionId, what: &str) -> QueryResult<Option<String>> {
    let Some((text, created_at)) = waiting(db, act, session, what)? else { return Ok(None) };
    let was_first = diesel::delete(shown_once::table.find(session)).execute(db)? == 1;
    let is_shown = was_first && act.now.since(created_at) < LONGEST;
    Ok(is_shown.then(|| text.to_string()))
}

/// What waits, left where it is: for a page that asks before it is acted on.
pub fn look(db: &mut Db, act: &Act, session: SessionId, what: &str) -> QueryResult<Option<Zeroizing<String>>> {
    let found = waiting(db, act, session, what)?;
    Ok(found.filter(|(_, created_at)| act.now.since(*created_at) < LONGEST).map(|(text, _)| text))
}

fn waiting(
    db: &mut Db,
    act: &Act,
    session: SessionId,
    what: &str,
) -> QueryResult<Option<(Zeroizing<String>, Timestamp)>> {
    let row: Option<(Vec<u8>, Timestamp)> =
        shown_once::table.find(session).select((shown_once::sealed, shown_once::created_at)).first(db).optional()?;
    let Some((sealed, created_at)) = row else { return Ok(None) };
    // What does not open any more cannot be shown; new ones can be made.
    let Ok(opened) = act.keyring.open(sealed_place(&session), &sealed) else { return Ok(None) };
    let all = std::str::from_utf8(&opened).ok().and_then(|all| all.split_once('\n'));
    let text = all.filter(|(kept, _)| *kept == what).map(|(_, text)| Zeroizing::new(text.to_owned()));
    Ok(text.map(|text| (text, created_at)))
}

/// Erases what nobody looked at while it could be shown.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(shown_once::table.filter(shown_once::created_at.le(now.minus(LONGEST)))).execute(db)
}

pub fn sealed_place(session: &SessionId) -> Context<'_> {
    Context { table: "shown_once", row: session.as_str(), owner: session.as_str(), name: "text", version: 1 }
}
