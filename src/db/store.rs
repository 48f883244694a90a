//! One database with its pool: where a connection comes from, and on which thread it is used.
//!
//! Rule: no connection is ever held across an `.await`, and nothing slow runs on a server thread.

use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{Connection, PgConnection, SqliteConnection};
use tokio::task::{JoinError, JoinHandle};

use super::kept::{self, Look};
use super::url::DatabaseUrl;
use super::write::{is_in_transaction, write};
use super::{Db, DbError};

/// How long a request waits for a free connection before it fails as a database failure.
const PATIENCE: Duration = Duration::from_secs(5);

const SQLITE_SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA mmap_size = 268435456;
    PRAGMA cache_size = -4000;
";

/// A hung peer must not hold locks for ever. Every statement here is short: compiling one, which a server begins to do when
/// tables are large, takes longer than running it.
const POSTGRES_SETTINGS: &str = "
    SET jit = off;
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = 'warning';
";

pub struct Connector(DatabaseUrl);

impl ManageConnection for Connector {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        open(&self.0).map_err(Self::Error::ConnectionError)
    }

    /// SQLite files do not go away; a PostgreSQL server may, so it is asked.
    fn is_valid(&self, db: &mut Db) -> Result<(), Self::Error> {
        match db {
            Db::Sqlite(_) => Ok(()),
            Db::Pg(c) => c.ping().map_err(Self::Error::QueryError),
        }
    }

    /// A connection that comes back inside a transaction was left there by a panic.
    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking() || is_in_transaction(db)
    }
}

/// Opens one connection outside any pool, for migrations and for the command line.
pub fn open(url: &DatabaseUrl) -> Result<Db, diesel::ConnectionError> {
    let refused = |error: DieselError| diesel::ConnectionError::CouldntSetupConfiguration(error);
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut c = SqliteConnection::establish(&path.to_string_lossy())?;
            c.batch_execute(SQLITE_SETTINGS).map_err(refused)?;
            Ok(Db::Sqlite(c))
        }
        DatabaseUrl::Postgres(address) => {
            let mut c = PgConnection::establish(address)?;
            c.batch_execute(POSTGRES_SETTINGS).map_err(refused)?;
            Ok(Db::Pg(c))
        }
    }
}

#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    /// Tells it from every other store of this process.
    number: u64,
    url: DatabaseUrl,
    pool: Pool<Connector>,
    /// SQLite has one writer. Waiting in line here is fair and costs nothing; waiting in SQLite means sleeping and
    /// trying again, and starves the unlucky.
    writer: Mutex<()>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.0.url)
    }
}

impl Store {
    /// `most` connections are opened as they are needed. Opens none yet, so it cannot fail on a server that is away.
    pub fn new(url: DatabaseUrl, most: u32) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let pool = Pool::builder()
            .max_size(most)
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .idle_timeout(Some(Duration::from_mins(5)))
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(Connector(url.clone()));
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Inner { number, url, pool, writer: Mutex::new(()) }))
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Reads on this thread. For jobs, the command line and code that is on a blocking thread already.
    pub fn read_now<T, E: From<DbError>>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        work(&mut *self.connection()?)
    }

    /// Changes on this thread, in one transaction. See [`write`](super::write).
    pub fn write_now<T, E>(&self, work: impl Fn(&mut Db) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbError> + std::error::Error + 'static,
    {
        let _turn = match self.0.url {
            DatabaseUrl::Sqlite(_) => Some(self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)),
            DatabaseUrl::Postgres(_) => None,
        };
        write(&mut *self.connection()?, work)
    }

    /// Reads on a blocking thread.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let store = self.clone();
        on_blocking_thread(move || store.read_now(work)).await
    }

    /// Changes on a blocking thread, in one transaction.
    pub async fn write<T, E>(&self, work: impl Fn(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + std::error::Error + Send + 'static,
    {
        let store = self.clone();
        on_blocking_thread(move || store.write_now(work)).await
    }

    /// Reads a row or two by key. On SQLite that takes some twenty microseconds from memory, less than handing it to
    /// another thread, so it runs right here if a connection is free; on PostgreSQL it is [`Store::read`].
    pub async fn glance<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if let (DatabaseUrl::Sqlite(_), Some(mut db)) = (&self.0.url, self.0.pool.try_get()) {
            return work(&mut db);
        }
        self.read(work).await
    }

    /// [`Store::glance`] for what is asked again and again, thousands of times a second: on SQLite an answer is given again
    /// for as long as nobody has committed anything to the file, which is asked each time (see [`kept`]).
    pub async fn glance_again<K, T>(&self, asked: K, look: Look<K, T>) -> Result<T, DbError>
    where
        K: Eq + Hash + Send + 'static,
        T: Clone + Send + 'static,
    {
        match self.0.url {
            DatabaseUrl::Sqlite(_) => kept::ask(self.0.number, &self.0.url, asked, look),
            DatabaseUrl::Postgres(_) => self.read(move |db| look(db, &asked)).await,
        }
    }

    /// How many connections the pool has open, and how many of those are in somebody's hands.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.0.pool.state();
        (state.connections, state.connections.saturating_sub(state.idle_connections))
    }

    fn connection(&self) -> Result<PooledConnection<Connector>, DbError> {
        self.0.pool.get().map_err(|error| unreachable_database(format!("{}: {error}", self.0.url)))
    }
}

async fn on_blocking_thread<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let outcome = Arc::new(Mutex::new(None));
    let slot = outcome.clone();
    let ended = spawn(Box::new(move || *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(work()))).await;
    let outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (outcome, ended.map_err(JoinError::try_into_panic)) {
        (Some(outcome), _) => outcome,
        // The panic belongs to the request that caused it.
        (None, Err(Ok(panic))) => std::panic::resume_unwind(panic),
        (None, _) => Err(E::from(unreachable_database("the server is stopping".to_owned()))),
    }
}

/// Boxed, so that there is one kind of task and not one for each query: that was a twentieth of the program.
fn spawn(work: Box<dyn FnOnce() + Send>) -> JoinHandle<()> {
    tokio::task::spawn_blocking(work)
}

pub(super) fn unreachable_database(why: String) -> DbError {
    DieselError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new(why))
}
