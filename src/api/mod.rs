//! What programs call. One folder is one dialect, thin over the same domain functions as the pages.
//!
//! Rule: a call carries its own credential and never the browser's session, and every refusal is JSON with a reason.

/// The calls of a dialect: its table and its routes are one, so that no call can be left out of the tests that hold the
/// table. An address answers to these methods, and `$otherwise` makes the refusal of the others from their list.
macro_rules! calls {
    ($otherwise:expr; $($path:literal: $first:ident $handler:path $(, $more:ident $another:path)*;)+) => {
        /// Method and path of every call, for the tests that hold them.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($first), $path), $((stringify!($more), $path),)*)+];

        fn configure_calls(config: &mut actix_web::web::ServiceConfig) {
            $(
                let refused = || async { Err::<String, _>($otherwise(concat!(stringify!($first) $(, ", ", stringify!($more))*))) };
                config.service(
                    actix_web::web::resource($path)
                        .route(actix_web::web::method(actix_web::http::Method::$first).to($handler))
                        $(.route(actix_web::web::method(actix_web::http::Method::$more).to($another)))*
                        .default_service(actix_web::web::to(refused)),
                );
            )+
        }
    };
}

pub mod account;
pub mod health;
pub mod ingestion;
pub mod oauth;
pub mod platform;
pub mod rates;
pub mod studio;

use actix_web::web::ServiceConfig;

/// Method and path of every call of every dialect.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static str)> {
    let studio = studio::TABLE.iter().map(|(_, method, path)| (*method, *path));
    let others = [account::TABLE, health::TABLE, ingestion::TABLE, oauth::TABLE, platform::TABLE];
    others.into_iter().flatten().copied().chain(studio)
}

pub fn configure(config: &mut ServiceConfig) {
    account::configure(config);
    health::configure(config);
    ingestion::configure(config);
    oauth::configure(config);
    platform::configure(config);
    studio::configure(config);
    // After every call of `/api`, and before the pages: no workspace has a name that calls have.
    account::configure_rest(config);
}
