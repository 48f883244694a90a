-- Organizations, what they and people own, and the keys to it.

-- Whole numbers for the clients that know things by number only. One row for each thing that has one.
CREATE TABLE numbers (
  number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE
);

-- A workspace with members. `owners` is kept by the triggers below and counts those who are here; the check is what
-- no transaction, however it interleaves, can get past: an organization always has an Owner.
CREATE TABLE organizations (
  workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces (id),
  title TEXT NOT NULL,
  photo TEXT,
  requires_mfa BOOLEAN NOT NULL,
  key_days BIGINT,
  networks TEXT NOT NULL,
  owners BIGINT NOT NULL CHECK (owners >= 1),
  revision BIGINT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  erase_at BIGINT,
  closed_by TEXT
);
CREATE INDEX organizations_by_erasure ON organizations (erase_at);

-- `is_away`: the account is closed and may come back; until then it counts for nothing here.
CREATE TABLE members (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL,
  is_away BOOLEAN NOT NULL,
  invited_by TEXT,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, account_id)
);
CREATE INDEX members_by_account ON members (account_id, workspace_id);
CREATE INDEX members_by_joined ON members (workspace_id, joined_at, account_id);

CREATE TABLE invitations (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  email TEXT NOT NULL,
  email_digest TEXT NOT NULL,
  role TEXT NOT NULL,
  token_digest TEXT NOT NULL UNIQUE,
  invited_by TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  UNIQUE (workspace_id, email_digest)
);
CREATE INDEX invitations_by_email ON invitations (email_digest, workspace_id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  visibility TEXT NOT NULL,
  signing TEXT NOT NULL,
  replay_seconds BIGINT,
  revision BIGINT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,
  deleted_by TEXT
);
CREATE UNIQUE INDEX projects_by_slug ON projects (workspace_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX projects_by_workspace ON projects (workspace_id, id);
CREATE INDEX projects_by_deletion ON projects (deleted_at);

-- Keys of projects and, without a project, of workspaces.
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT REFERENCES projects (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  last_four TEXT NOT NULL,
  sealed BLOB,
  is_development BOOLEAN NOT NULL,
  networks TEXT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  last_used_address TEXT NOT NULL,
  last_used_agent TEXT NOT NULL,
  succeeded_by TEXT,
  disabled_at BIGINT,
  disabled_because TEXT NOT NULL,
  revoked_at BIGINT,
  reminded_at BIGINT
);
CREATE UNIQUE INDEX api_keys_one_for_development ON api_keys (project_id) WHERE is_development AND revoked_at IS NULL;
CREATE INDEX api_keys_by_project ON api_keys (project_id, id);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);
CREATE INDEX api_keys_by_maker ON api_keys (created_by, id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);

CREATE TABLE hmac_keys (
  id TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  recognised_by TEXT NOT NULL,
  is_development BOOLEAN NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  last_signature_at BIGINT,
  revoked_at BIGINT
);
CREATE UNIQUE INDEX hmac_keys_one_for_development ON hmac_keys (project_id) WHERE is_development AND revoked_at IS NULL;
CREATE INDEX hmac_keys_by_project ON hmac_keys (project_id, id);

-- What the platform registered: datasets and models. A source names each of its things once.
CREATE TABLE artifacts (
  id TEXT NOT NULL PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  source TEXT NOT NULL,
  source_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  made_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  UNIQUE (source, source_id)
);
CREATE INDEX artifacts_by_project ON artifacts (project_id, kind, id);

-- Files that devices and tools sent in. The bytes lie in the region's files under `content_hash`.
CREATE TABLE samples (
  id TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  category TEXT NOT NULL,
  label TEXT NOT NULL,
  file_name TEXT NOT NULL,
  extension TEXT NOT NULL,
  size BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  verdict TEXT NOT NULL,
  diagnosis TEXT NOT NULL,
  hmac_key_id TEXT REFERENCES hmac_keys (id),
  api_key_id TEXT REFERENCES api_keys (id),
  device_name TEXT NOT NULL,
  device_type TEXT NOT NULL,
  metadata TEXT NOT NULL,
  upload_source TEXT NOT NULL,
  signed_at BIGINT,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);
CREATE INDEX samples_by_project ON samples (project_id, id);
CREATE INDEX samples_by_category ON samples (project_id, category, id);
CREATE INDEX samples_by_label ON samples (project_id, label, id);
CREATE INDEX samples_by_verdict ON samples (project_id, verdict, id);
CREATE INDEX samples_by_device ON samples (project_id, device_name, id);
CREATE INDEX samples_by_content ON samples (project_id, content_hash);
CREATE INDEX samples_by_hmac_key ON samples (hmac_key_id);
CREATE INDEX samples_by_api_key ON samples (api_key_id);

CREATE TABLE follows (
  follower_id TEXT NOT NULL REFERENCES accounts (id),
  followed_id TEXT NOT NULL REFERENCES workspaces (id),
  since BIGINT NOT NULL,
  PRIMARY KEY (follower_id, followed_id)
);
CREATE INDEX follows_by_followed ON follows (followed_id, follower_id);

CREATE TRIGGER owner_came AFTER INSERT ON members WHEN NEW.role = 'owner' AND NOT NEW.is_away BEGIN
  UPDATE organizations SET owners = owners + 1 WHERE workspace_id = NEW.workspace_id;
END;
CREATE TRIGGER owner_changed AFTER UPDATE OF role, is_away ON members
WHEN (OLD.role = 'owner' AND NOT OLD.is_away) <> (NEW.role = 'owner' AND NOT NEW.is_away) BEGIN
  UPDATE organizations SET owners = owners + CASE WHEN NEW.role = 'owner' AND NOT NEW.is_away THEN 1 ELSE -1 END
    WHERE workspace_id = NEW.workspace_id;
END;
CREATE TRIGGER owner_went AFTER DELETE ON members WHEN OLD.role = 'owner' AND NOT OLD.is_away BEGIN
  UPDATE organizations SET owners = owners - 1 WHERE workspace_id = OLD.workspace_id;
END;
