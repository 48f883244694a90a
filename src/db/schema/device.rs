//! Programs that ask to be signed in, and what people allowed them.
//!
//! Rule: as in [`super`].

diesel::table! {
    device_requests (digest) {
        digest -> Text,
        user_code_digest -> Text,
        agent -> Text,
        address -> Text,
        state -> Text,
        region -> Nullable<Text>,
        interval_seconds -> BigInt,
        polled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    device_approvals (digest) {
        digest -> Text,
        account_id -> Text,
        agent -> Text,
        has_second_factor -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}
