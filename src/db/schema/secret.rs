//! Secrets, and what jobs fetch them with.
//!
//! Rule: as in [`super`].

diesel::table! {
    secrets (id) {
        id -> Text,
        number -> BigInt,
        workspace_id -> Text,
        name -> Text,
        description -> Text,
        version -> BigInt,
        versions -> BigInt,
        is_restricted -> Bool,
        expires_at -> Nullable<BigInt>,
        reminded_at -> Nullable<BigInt>,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        changed_by -> Nullable<Text>,
        changed_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_used_job -> Text,
        last_used_by -> Text,
        deleted_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
    }
}

diesel::table! {
    secret_versions (secret_id, version) {
        secret_id -> Text,
        version -> BigInt,
        workspace_id -> Text,
        sealed -> Binary,
        made_by -> Nullable<Text>,
        made_at -> BigInt,
    }
}

diesel::table! {
    secret_projects (secret_id, project_id) {
        secret_id -> Text,
        project_id -> Text,
        workspace_id -> Text,
    }
}

diesel::table! {
    secret_uses (id) {
        id -> Text,
        secret_id -> Text,
        workspace_id -> Text,
        version -> BigInt,
        project_id -> Nullable<Text>,
        job -> Text,
        program -> Text,
        address -> Text,
        at -> BigInt,
        account_id -> Nullable<Text>,
        key_name -> Nullable<Text>,
        service_token -> Text,
    }
}

diesel::table! {
    environment_tokens (digest) {
        digest -> Text,
        workspace_id -> Text,
        project_id -> Nullable<Text>,
        job -> Text,
        is_privileged -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        service_token_id -> Nullable<Text>,
        service_token -> Text,
    }
}
