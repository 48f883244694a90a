-- One region: its people and all that is theirs.

CREATE TABLE schema_marks (
  version TEXT NOT NULL PRIMARY KEY,
  breaking BOOLEAN NOT NULL
);

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_digest TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  job_title TEXT NOT NULL,
  company TEXT NOT NULL,
  bio TEXT NOT NULL,
  use_case TEXT NOT NULL,
  social TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  theme TEXT NOT NULL,
  photo TEXT,
  revision BIGINT NOT NULL,
  saved_at BIGINT,
  password_hash TEXT,
  password_changed_at BIGINT,
  status TEXT NOT NULL,
  has_mfa BOOLEAN NOT NULL,
  is_administrator BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  last_seen_at BIGINT NOT NULL
);
CREATE INDEX accounts_by_status ON accounts (status, id);
CREATE INDEX accounts_by_mfa ON accounts (has_mfa, id);

CREATE TABLE account_words (
  word TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (word, account_id)
);
CREATE INDEX account_words_by_account ON account_words (account_id, word);

CREATE TABLE workspaces (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  plan TEXT NOT NULL,
  minutes_rank BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX workspaces_by_plan ON workspaces (kind, plan, id);

-- What the administrators' list is sorted and filtered by, in one narrow row, so that every page of it is one range of
-- one index. Kept by the triggers below, so that whoever changes an account or its plan cannot forget it; `words` is account_words
-- of the account, each behind a space.
CREATE TABLE listed_accounts (
  account_id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL,
  has_mfa BOOLEAN NOT NULL,
  plan TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  minutes_rank BIGINT NOT NULL,
  words TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX listed_accounts_by_minutes ON listed_accounts
  (status, minutes_rank, account_id, created_at, last_seen_at, has_mfa, plan, words);
CREATE INDEX listed_accounts_by_created ON listed_accounts
  (status, created_at, account_id, minutes_rank, last_seen_at, has_mfa, plan, words);
CREATE INDEX listed_accounts_by_last_seen ON listed_accounts
  (status, last_seen_at, account_id, minutes_rank, created_at, has_mfa, plan, words);

CREATE TRIGGER list_new_account AFTER INSERT ON accounts BEGIN
  INSERT INTO listed_accounts (account_id, status, has_mfa, plan, created_at, last_seen_at, minutes_rank, words)
  VALUES (NEW.id, NEW.status, NEW.has_mfa,
    coalesce((SELECT plan FROM workspaces WHERE id = NEW.id), ''), NEW.created_at, NEW.last_seen_at,
    coalesce((SELECT minutes_rank FROM workspaces WHERE id = NEW.id), 0), '');
END;
CREATE TRIGGER list_changed_account AFTER UPDATE OF status, has_mfa, created_at, last_seen_at ON accounts BEGIN
  UPDATE listed_accounts SET status = NEW.status, has_mfa = NEW.has_mfa, created_at = NEW.created_at,
    last_seen_at = NEW.last_seen_at WHERE account_id = NEW.id;
END;
CREATE TRIGGER unlist_account AFTER DELETE ON accounts BEGIN
  DELETE FROM listed_accounts WHERE account_id = OLD.id;
END;
CREATE TRIGGER list_new_plan AFTER INSERT ON workspaces BEGIN
  UPDATE listed_accounts SET plan = NEW.plan, minutes_rank = NEW.minutes_rank WHERE account_id = NEW.id;
END;
CREATE TRIGGER list_changed_plan AFTER UPDATE OF plan, minutes_rank ON workspaces BEGIN
  UPDATE listed_accounts SET plan = NEW.plan, minutes_rank = NEW.minutes_rank WHERE account_id = NEW.id;
END;

CREATE TABLE devices (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  token_digest TEXT NOT NULL,
  agent TEXT NOT NULL,
  address TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  trusted_until BIGINT,
  UNIQUE (account_id, token_digest)
);
CREATE INDEX devices_by_token ON devices (token_digest);

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  token_digest TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  device_id TEXT REFERENCES devices (id),
  agent TEXT NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL,
  is_remembered BOOLEAN NOT NULL,
  has_second_factor BOOLEAN NOT NULL,
  confirmed_at BIGINT NOT NULL,
  administered_at BIGINT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_device ON sessions (device_id);

CREATE TABLE shown_once (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id),
  sealed BLOB NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE one_time_tokens (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  purpose TEXT NOT NULL,
  digest TEXT NOT NULL,
  tries BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (account_id, purpose)
);
CREATE INDEX one_time_tokens_by_digest ON one_time_tokens (digest);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

CREATE TABLE totp_factors (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  sealed BLOB NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  codes_checked_at BIGINT
);

CREATE TABLE recovery_codes (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  UNIQUE (account_id, digest)
);

CREATE TABLE mfa_resets (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  requested_by TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  effective_at BIGINT NOT NULL
);

CREATE TABLE suspensions (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  reason TEXT NOT NULL,
  suspended_by TEXT NOT NULL,
  suspended_at BIGINT NOT NULL
);

CREATE TABLE closures (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  requested_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  status_before TEXT NOT NULL,
  had_rights BOOLEAN NOT NULL,
  requested_at BIGINT NOT NULL,
  erase_at BIGINT NOT NULL
);
CREATE INDEX closures_by_erase_at ON closures (erase_at);

CREATE TABLE tombstones (
  account_id TEXT NOT NULL PRIMARY KEY,
  account_created_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  erased_at BIGINT NOT NULL,
  counts TEXT NOT NULL
);

CREATE TABLE usage_events (
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  seconds BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  job TEXT NOT NULL,
  project TEXT NOT NULL,
  api_key TEXT NOT NULL,
  member TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (source, event_id)
);
CREATE INDEX usage_events_by_workspace ON usage_events (workspace_id, ended_at);

CREATE TABLE usage_days (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  day BIGINT NOT NULL,
  kind TEXT NOT NULL,
  seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, day, kind)
);

CREATE TABLE usage_months (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  month BIGINT NOT NULL,
  cpu_seconds BIGINT NOT NULL,
  gpu_seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, month)
);

CREATE TABLE usage_projects (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  month BIGINT NOT NULL,
  project TEXT NOT NULL,
  cpu_seconds BIGINT NOT NULL,
  gpu_seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, month, project)
);

CREATE TABLE activity_events (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT,
  subject_id TEXT,
  at BIGINT NOT NULL,
  facts TEXT NOT NULL,
  salt BLOB,
  personal TEXT,
  personal_digest TEXT NOT NULL,
  link TEXT NOT NULL,
  UNIQUE (workspace_id, sequence)
);
CREATE INDEX activity_events_by_subject ON activity_events (subject_id, at);
CREATE INDEX activity_events_by_actor ON activity_events (actor_id, at);

CREATE TABLE activity_heads (
  workspace_id TEXT NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL,
  link TEXT NOT NULL,
  mac TEXT NOT NULL
);

CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  key TEXT UNIQUE,
  account_id TEXT,
  request TEXT NOT NULL,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lease_until BIGINT,
  lease_holder TEXT,
  error TEXT NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX jobs_by_turn ON jobs (state, run_at, id);
CREATE INDEX jobs_by_account ON jobs (account_id);

CREATE TABLE mails (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT,
  kind TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  sealed BLOB,
  created_at BIGINT NOT NULL,
  accepted_at BIGINT
);
CREATE INDEX mails_by_account ON mails (account_id, created_at);
CREATE INDEX mails_by_accepted ON mails (accepted_at);
