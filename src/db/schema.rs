//! Every table of both kinds of database, as Diesel knows them. One text for SQLite and PostgreSQL.
//!
//! Rule: the same names and types as `migrations/`; a test compares them. Only stores may read this.

mod backup;
mod device;
mod examination;
mod leak;
mod record;
mod secret;
mod workspace;

pub use backup::*;
pub use device::*;
pub use examination::*;
pub use leak::*;
pub use record::*;
pub use secret::*;
pub use workspace::*;

diesel::table! {
    schema_marks (version) {
        version -> Text,
        breaking -> Bool,
    }
}

diesel::table! {
    named_keys (name) {
        name -> Text,
        wrapped -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    names (name) {
        name -> Text,
        kind -> Text,
        owner_id -> Text,
        region -> Text,
        state -> Text,
        held_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    retired_names (digest) {
        digest -> Text,
        free_at -> BigInt,
    }
}

diesel::table! {
    addresses (digest) {
        digest -> Text,
        account_id -> Text,
        region -> Text,
        state -> Text,
        held_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    administrators (account_id) {
        account_id -> Text,
        region -> Text,
        granted_by -> Nullable<Text>,
        granted_at -> BigInt,
    }
}

diesel::table! {
    setup_links (digest) {
        digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    admissions (id) {
        id -> Text,
        address_digest -> Text,
        sealed_address -> Binary,
        token_digest -> Text,
        invited_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    service_tokens (id) {
        id -> Text,
        name -> Text,
        token_digest -> Text,
        allows -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        count -> BigInt,
        window_ends_at -> BigInt,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        username -> Text,
        email -> Text,
        email_digest -> Text,
        name -> Text,
        job_title -> Text,
        company -> Text,
        bio -> Text,
        use_case -> Text,
        social -> Text,
        time_zone -> Text,
        theme -> Text,
        photo -> Nullable<Text>,
        revision -> BigInt,
        saved_at -> Nullable<BigInt>,
        password_hash -> Nullable<Text>,
        password_changed_at -> Nullable<BigInt>,
        status -> Text,
        has_mfa -> Bool,
        is_administrator -> Bool,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    account_words (word, account_id) {
        word -> Text,
        account_id -> Text,
    }
}

diesel::table! {
    workspaces (id) {
        id -> Text,
        name -> Text,
        kind -> Text,
        plan -> Text,
        minutes_rank -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    listed_accounts (account_id) {
        account_id -> Text,
        status -> Text,
        has_mfa -> Bool,
        plan -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        minutes_rank -> BigInt,
        words -> Text,
    }
}

diesel::table! {
    devices (id) {
        id -> Text,
        account_id -> Text,
        token_digest -> Text,
        agent -> Text,
        address -> Text,
        first_seen_at -> BigInt,
        last_seen_at -> BigInt,
        trusted_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account_id -> Text,
        token_digest -> Text,
        kind -> Text,
        device_id -> Nullable<Text>,
        agent -> Text,
        address -> Text,
        state -> Text,
        is_remembered -> Bool,
        has_second_factor -> Bool,
        confirmed_at -> BigInt,
        administered_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    shown_once (session_id) {
        session_id -> Text,
        sealed -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    one_time_tokens (account_id, purpose) {
        account_id -> Text,
        purpose -> Text,
        digest -> Text,
        tries -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    totp_factors (account_id) {
        account_id -> Text,
        sealed -> Binary,
        last_step -> BigInt,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        codes_checked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Text,
        account_id -> Text,
        digest -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mfa_resets (account_id) {
        account_id -> Text,
        requested_by -> Text,
        requested_at -> BigInt,
        effective_at -> BigInt,
    }
}

diesel::table! {
    suspensions (account_id) {
        account_id -> Text,
        reason -> Text,
        suspended_by -> Text,
        suspended_at -> BigInt,
    }
}

diesel::table! {
    closures (account_id) {
        account_id -> Text,
        requested_by -> Text,
        reason -> Text,
        status_before -> Text,
        had_rights -> Bool,
        requested_at -> BigInt,
        erase_at -> BigInt,
    }
}

diesel::table! {
    tombstones (account_id) {
        account_id -> Text,
        account_created_at -> BigInt,
        closed_at -> BigInt,
        erased_at -> BigInt,
        counts -> Text,
    }
}

diesel::table! {
    usage_events (source, event_id) {
        source -> Text,
        event_id -> Text,
        workspace_id -> Text,
        kind -> Text,
        seconds -> BigInt,
        ended_at -> BigInt,
        job -> Text,
        project -> Text,
        api_key -> Text,
        member -> Text,
        received_at -> BigInt,
    }
}

diesel::table! {
    usage_days (workspace_id, day, kind) {
        workspace_id -> Text,
        day -> BigInt,
        kind -> Text,
        seconds -> BigInt,
    }
}

diesel::table! {
    usage_months (workspace_id, month) {
        workspace_id -> Text,
        month -> BigInt,
        cpu_seconds -> BigInt,
        gpu_seconds -> BigInt,
    }
}

diesel::table! {
    usage_projects (workspace_id, month, project) {
        workspace_id -> Text,
        month -> BigInt,
        project -> Text,
        cpu_seconds -> BigInt,
        gpu_seconds -> BigInt,
    }
}

diesel::joinable!(sessions -> accounts (account_id));
diesel::joinable!(account_words -> accounts (account_id));
diesel::joinable!(usage_months -> workspaces (workspace_id));
diesel::joinable!(organizations -> workspaces (workspace_id));
diesel::joinable!(members -> accounts (account_id));
diesel::joinable!(members -> workspaces (workspace_id));
diesel::joinable!(invitations -> workspaces (workspace_id));
diesel::joinable!(projects -> workspaces (workspace_id));
diesel::joinable!(api_keys -> workspaces (workspace_id));
diesel::joinable!(api_keys -> projects (project_id));
diesel::joinable!(hmac_keys -> projects (project_id));
diesel::joinable!(artifacts -> projects (project_id));
diesel::joinable!(samples -> projects (project_id));
diesel::joinable!(secret_versions -> secrets (secret_id));
diesel::joinable!(leak_drills -> secrets (secret_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    account_words,
    workspaces,
    listed_accounts,
    sessions,
    shown_once,
    devices,
    usage_months,
    usage_days,
    suspensions,
    closures,
    totp_factors,
    recovery_codes,
    mfa_resets,
    jobs,
    mails,
    numbers,
    organizations,
    members,
    invitations,
    projects,
    api_keys,
    hmac_keys,
    artifacts,
    samples,
    spent_signatures,
    follows,
    secrets,
    secret_versions,
    secret_projects,
    secret_uses,
    leak_drills,
    leak_steps
);
diesel::allow_tables_to_appear_in_same_query!(names, addresses, administrators);
diesel::allow_tables_to_appear_in_same_query!(activity_events, activity_heads);
