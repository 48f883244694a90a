//! Leak drills: what is done after the value of a secret got out.
//!
//! Rule: as in [`super`].

diesel::table! {
    leak_drills (id) {
        id -> Text,
        secret_id -> Text,
        workspace_id -> Text,
        version -> BigInt,
        is_withheld -> Bool,
        is_false_alarm -> Bool,
        opened_by -> Nullable<Text>,
        opened_at -> BigInt,
        closed_by -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
        reason -> Text,
    }
}

diesel::table! {
    leak_steps (drill_id, step) {
        drill_id -> Text,
        step -> Text,
        workspace_id -> Text,
        note -> Text,
        done_by -> Nullable<Text>,
        done_at -> BigInt,
    }
}
