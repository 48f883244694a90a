//! Organizations, what workspaces own, and the keys to it.
//!
//! Rule: as in [`super`].

diesel::table! {
    numbers (number) {
        number -> BigInt,
        id -> Text,
    }
}

diesel::table! {
    organizations (workspace_id) {
        workspace_id -> Text,
        title -> Text,
        photo -> Nullable<Text>,
        requires_mfa -> Bool,
        key_days -> Nullable<BigInt>,
        networks -> Text,
        owners -> BigInt,
        revision -> BigInt,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        erase_at -> Nullable<BigInt>,
        closed_by -> Nullable<Text>,
        suspended_at -> Nullable<BigInt>,
        suspended_because -> Nullable<Text>,
    }
}

diesel::table! {
    members (workspace_id, account_id) {
        workspace_id -> Text,
        account_id -> Text,
        role -> Text,
        is_away -> Bool,
        invited_by -> Nullable<Text>,
        joined_at -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        workspace_id -> Text,
        email -> Text,
        email_digest -> Text,
        role -> Text,
        token_digest -> Text,
        invited_by -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    projects (id) {
        id -> Text,
        number -> BigInt,
        workspace_id -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        visibility -> Text,
        signing -> Text,
        replay_seconds -> Nullable<BigInt>,
        revision -> BigInt,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        number -> BigInt,
        workspace_id -> Text,
        project_id -> Nullable<Text>,
        name -> Text,
        role -> Text,
        digest -> Text,
        prefix -> Text,
        last_four -> Text,
        sealed -> Nullable<Binary>,
        is_development -> Bool,
        networks -> Text,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        last_used_address -> Text,
        last_used_agent -> Text,
        succeeded_by -> Nullable<Text>,
        disabled_at -> Nullable<BigInt>,
        disabled_because -> Text,
        revoked_at -> Nullable<BigInt>,
        reminded_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    hmac_keys (id) {
        id -> Text,
        number -> BigInt,
        project_id -> Text,
        name -> Text,
        sealed -> Binary,
        recognised_by -> Text,
        is_development -> Bool,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        last_signature_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    artifacts (id) {
        id -> Text,
        project_id -> Text,
        source -> Text,
        source_id -> Text,
        kind -> Text,
        name -> Text,
        size -> BigInt,
        made_by -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    samples (id) {
        id -> Text,
        number -> BigInt,
        project_id -> Text,
        category -> Text,
        label -> Text,
        file_name -> Text,
        extension -> Text,
        size -> BigInt,
        content_hash -> Text,
        verdict -> Text,
        diagnosis -> Text,
        hmac_key_id -> Nullable<Text>,
        api_key_id -> Nullable<Text>,
        device_name -> Text,
        device_type -> Text,
        metadata -> Text,
        upload_source -> Text,
        signed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        labels_within -> Nullable<Text>,
    }
}

diesel::table! {
    spent_signatures (project_id, content_hash) {
        project_id -> Text,
        content_hash -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    rates (subject) {
        subject -> Text,
        workspace_id -> Text,
        count -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    follows (follower_id, followed_id) {
        follower_id -> Text,
        followed_id -> Text,
        since -> BigInt,
    }
}
