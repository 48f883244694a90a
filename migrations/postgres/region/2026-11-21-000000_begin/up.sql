-- One region: its people and all that is theirs.

CREATE TABLE schema_marks (
  version TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  breaking BOOLEAN NOT NULL
);

CREATE TABLE accounts (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  username TEXT COLLATE "C" NOT NULL UNIQUE,
  email TEXT COLLATE "C" NOT NULL,
  email_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  job_title TEXT COLLATE "C" NOT NULL,
  company TEXT COLLATE "C" NOT NULL,
  bio TEXT COLLATE "C" NOT NULL,
  use_case TEXT COLLATE "C" NOT NULL,
  social TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  theme TEXT COLLATE "C" NOT NULL,
  photo TEXT COLLATE "C",
  revision BIGINT NOT NULL,
  saved_at BIGINT,
  password_hash TEXT COLLATE "C",
  password_changed_at BIGINT,
  status TEXT COLLATE "C" NOT NULL,
  has_mfa BOOLEAN NOT NULL,
  is_administrator BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  last_seen_at BIGINT NOT NULL
);
CREATE INDEX accounts_by_status ON accounts (status, id);
CREATE INDEX accounts_by_mfa ON accounts (has_mfa, id);

CREATE TABLE account_words (
  word TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (word, account_id)
);
CREATE INDEX account_words_by_account ON account_words (account_id, word);

CREATE TABLE workspaces (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  kind TEXT COLLATE "C" NOT NULL,
  plan TEXT COLLATE "C" NOT NULL,
  minutes_rank BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX workspaces_by_plan ON workspaces (kind, plan, id);

-- What the administrators' list is sorted and filtered by, in one narrow row, so that every page of it is one range of
-- one index. Kept by the triggers below, so that whoever changes an account or its plan cannot forget it; `words` is account_words
-- of the account, each behind a space.
CREATE TABLE listed_accounts (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  status TEXT COLLATE "C" NOT NULL,
  has_mfa BOOLEAN NOT NULL,
  plan TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  minutes_rank BIGINT NOT NULL,
  words TEXT COLLATE "C" NOT NULL
);
CREATE INDEX listed_accounts_by_minutes ON listed_accounts
  (status, minutes_rank, account_id, created_at, last_seen_at, has_mfa, plan, words);
CREATE INDEX listed_accounts_by_created ON listed_accounts
  (status, created_at, account_id, minutes_rank, last_seen_at, has_mfa, plan, words);
CREATE INDEX listed_accounts_by_last_seen ON listed_accounts
  (status, last_seen_at, account_id, minutes_rank, created_at, has_mfa, plan, words);

CREATE FUNCTION list_new_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO listed_accounts (account_id, status, has_mfa, plan, created_at, last_seen_at, minutes_rank, words)
  VALUES (NEW.id, NEW.status, NEW.has_mfa,
    coalesce((SELECT plan FROM workspaces WHERE id = NEW.id), ''), NEW.created_at, NEW.last_seen_at,
    coalesce((SELECT minutes_rank FROM workspaces WHERE id = NEW.id), 0), '');
  RETURN NULL;
END $$;
CREATE FUNCTION list_changed_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE listed_accounts SET status = NEW.status, has_mfa = NEW.has_mfa, created_at = NEW.created_at,
    last_seen_at = NEW.last_seen_at WHERE account_id = NEW.id;
  RETURN NULL;
END $$;
CREATE FUNCTION unlist_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM listed_accounts WHERE account_id = OLD.id;
  RETURN NULL;
END $$;
CREATE FUNCTION list_plan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE listed_accounts SET plan = NEW.plan, minutes_rank = NEW.minutes_rank WHERE account_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER list_new_account AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION list_new_account();
CREATE TRIGGER list_changed_account AFTER UPDATE OF status, has_mfa, created_at, last_seen_at ON accounts
  FOR EACH ROW EXECUTE FUNCTION list_changed_account();
CREATE TRIGGER unlist_account AFTER DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION unlist_account();
CREATE TRIGGER list_new_plan AFTER INSERT ON workspaces FOR EACH ROW EXECUTE FUNCTION list_plan();
CREATE TRIGGER list_changed_plan AFTER UPDATE OF plan, minutes_rank ON workspaces
  FOR EACH ROW EXECUTE FUNCTION list_plan();

CREATE TABLE devices (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  token_digest TEXT COLLATE "C" NOT NULL,
  agent TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  trusted_until BIGINT,
  UNIQUE (account_id, token_digest)
);
CREATE INDEX devices_by_token ON devices (token_digest);

CREATE TABLE sessions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  token_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  kind TEXT COLLATE "C" NOT NULL,
  device_id TEXT COLLATE "C" REFERENCES devices (id),
  agent TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
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
  session_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES sessions (id),
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE one_time_tokens (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  purpose TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  tries BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (account_id, purpose)
);
CREATE INDEX one_time_tokens_by_digest ON one_time_tokens (digest);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

CREATE TABLE totp_factors (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
  sealed BYTEA NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  codes_checked_at BIGINT
);

CREATE TABLE recovery_codes (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  digest TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  UNIQUE (account_id, digest)
);

CREATE TABLE mfa_resets (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
  requested_by TEXT COLLATE "C" NOT NULL,
  requested_at BIGINT NOT NULL,
  effective_at BIGINT NOT NULL
);

CREATE TABLE suspensions (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
  reason TEXT COLLATE "C" NOT NULL,
  suspended_by TEXT COLLATE "C" NOT NULL,
  suspended_at BIGINT NOT NULL
);

CREATE TABLE closures (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
  requested_by TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  status_before TEXT COLLATE "C" NOT NULL,
  had_rights BOOLEAN NOT NULL,
  requested_at BIGINT NOT NULL,
  erase_at BIGINT NOT NULL
);
CREATE INDEX closures_by_erase_at ON closures (erase_at);

CREATE TABLE tombstones (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_created_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  erased_at BIGINT NOT NULL,
  counts TEXT COLLATE "C" NOT NULL
);

CREATE TABLE usage_events (
  source TEXT COLLATE "C" NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  kind TEXT COLLATE "C" NOT NULL,
  seconds BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  job TEXT COLLATE "C" NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  api_key TEXT COLLATE "C" NOT NULL,
  member TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (source, event_id)
);
CREATE INDEX usage_events_by_workspace ON usage_events (workspace_id, ended_at);

CREATE TABLE usage_days (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  day BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, day, kind)
);

CREATE TABLE usage_months (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  month BIGINT NOT NULL,
  cpu_seconds BIGINT NOT NULL,
  gpu_seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, month)
);

CREATE TABLE usage_projects (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  month BIGINT NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  cpu_seconds BIGINT NOT NULL,
  gpu_seconds BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, month, project)
);

CREATE TABLE activity_events (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C",
  subject_id TEXT COLLATE "C",
  at BIGINT NOT NULL,
  facts TEXT COLLATE "C" NOT NULL,
  salt BYTEA,
  personal TEXT COLLATE "C",
  personal_digest TEXT COLLATE "C" NOT NULL,
  link TEXT COLLATE "C" NOT NULL,
  UNIQUE (workspace_id, sequence)
);
CREATE INDEX activity_events_by_subject ON activity_events (subject_id, at);
CREATE INDEX activity_events_by_actor ON activity_events (actor_id, at);

CREATE TABLE activity_heads (
  workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL,
  link TEXT COLLATE "C" NOT NULL,
  mac TEXT COLLATE "C" NOT NULL
);

CREATE TABLE jobs (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" UNIQUE,
  account_id TEXT COLLATE "C",
  request TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lease_until BIGINT,
  lease_holder TEXT COLLATE "C",
  error TEXT COLLATE "C" NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX jobs_by_turn ON jobs (state, run_at, id);
CREATE INDEX jobs_by_account ON jobs (account_id);

CREATE TABLE mails (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C",
  kind TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL UNIQUE,
  sealed BYTEA,
  created_at BIGINT NOT NULL,
  accepted_at BIGINT
);
CREATE INDEX mails_by_account ON mails (account_id, created_at);
CREATE INDEX mails_by_accepted ON mails (accepted_at);
