//! Backups: which were made, what they hold fast, and what must not come back out of one.
//!
//! Rule: as in [`super`].

diesel::table! {
    backups (id) {
        id -> Text,
        made_at -> BigInt,
        rehearsed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    file_holds (id) {
        id -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    erasures (id) {
        id -> Text,
        kind -> Text,
        erased_at -> BigInt,
        logged_at -> Nullable<BigInt>,
    }
}
