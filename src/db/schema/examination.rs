//! What the doctor found.
//!
//! Rule: as in [`super`].

diesel::table! {
    examinations (id) {
        id -> Text,
        region -> Text,
        asked_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        report -> Text,
    }
}
