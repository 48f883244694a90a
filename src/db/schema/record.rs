//! The record, the queue and the outbox of a region.
//!
//! Rule: as in [`super`].

diesel::table! {
    activity_events (id) {
        id -> Text,
        workspace_id -> Text,
        sequence -> BigInt,
        kind -> Text,
        actor_id -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        at -> BigInt,
        facts -> Text,
        salt -> Nullable<Binary>,
        personal -> Nullable<Text>,
        personal_digest -> Text,
        link -> Text,
    }
}

diesel::table! {
    activity_heads (workspace_id) {
        workspace_id -> Text,
        sequence -> BigInt,
        link -> Text,
        mac -> Text,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        name -> Text,
        key -> Nullable<Text>,
        account_id -> Nullable<Text>,
        request -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        lease_until -> Nullable<BigInt>,
        lease_holder -> Nullable<Text>,
        error -> Text,
        done -> BigInt,
        total -> BigInt,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        kind -> Text,
        message_id -> Text,
        sealed -> Nullable<Binary>,
        created_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
    }
}
