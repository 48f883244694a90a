-- Secrets: named values of a workspace that jobs get as environment variables and that no page shows.

-- A name is one living secret's at a time. `version` is the one that jobs get, `versions` how many there ever were.
CREATE TABLE secrets (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  versions BIGINT NOT NULL,
  is_restricted BOOLEAN NOT NULL,
  expires_at BIGINT,
  reminded_at BIGINT,
  created_by TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  changed_by TEXT COLLATE "C",
  changed_at BIGINT NOT NULL,
  last_used_at BIGINT,
  last_used_job TEXT COLLATE "C" NOT NULL,
  last_used_by TEXT COLLATE "C" NOT NULL,
  deleted_at BIGINT,
  deleted_by TEXT COLLATE "C"
);
CREATE UNIQUE INDEX secrets_by_name ON secrets (workspace_id, name) WHERE deleted_at IS NULL;
CREATE INDEX secrets_by_workspace ON secrets (workspace_id, id);
CREATE INDEX secrets_by_deletion ON secrets (deleted_at);
CREATE INDEX secrets_by_expiry ON secrets (expires_at);

-- Each value, sealed to its place: this table, the secret, its workspace, its name and its version.
CREATE TABLE secret_versions (
  secret_id TEXT COLLATE "C" NOT NULL REFERENCES secrets (id),
  version BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  sealed BYTEA NOT NULL,
  made_by TEXT COLLATE "C",
  made_at BIGINT NOT NULL,
  PRIMARY KEY (secret_id, version)
);
CREATE INDEX secret_versions_by_workspace ON secret_versions (workspace_id);

-- The only projects whose jobs get a secret that is restricted.
CREATE TABLE secret_projects (
  secret_id TEXT COLLATE "C" NOT NULL REFERENCES secrets (id),
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  PRIMARY KEY (secret_id, project_id)
);
CREATE INDEX secret_projects_by_project ON secret_projects (project_id);
CREATE INDEX secret_projects_by_workspace ON secret_projects (workspace_id);

-- Who got a secret: which job, of which project, through which program, from where.
CREATE TABLE secret_uses (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  secret_id TEXT COLLATE "C" NOT NULL REFERENCES secrets (id),
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  version BIGINT NOT NULL,
  project_id TEXT COLLATE "C",
  job TEXT COLLATE "C" NOT NULL,
  program TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX secret_uses_by_secret ON secret_uses (secret_id, id);
CREATE INDEX secret_uses_by_workspace ON secret_uses (workspace_id);
CREATE INDEX secret_uses_by_time ON secret_uses (at);

-- What one job fetches its environment with, once, within minutes.
CREATE TABLE environment_tokens (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  project_id TEXT COLLATE "C",
  job TEXT COLLATE "C" NOT NULL,
  is_privileged BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX environment_tokens_by_workspace ON environment_tokens (workspace_id);
CREATE INDEX environment_tokens_by_expiry ON environment_tokens (expires_at);
