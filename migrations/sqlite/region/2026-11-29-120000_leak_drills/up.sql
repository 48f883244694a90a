-- Leak drills: what is done after the value of a secret got out.

-- Of one version there is one open drill. `reason` says why a drill was closed before all was done.
CREATE TABLE leak_drills (
  id TEXT NOT NULL PRIMARY KEY,
  secret_id TEXT NOT NULL REFERENCES secrets (id),
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  version BIGINT NOT NULL,
  is_withheld BOOLEAN NOT NULL,
  is_false_alarm BOOLEAN NOT NULL,
  opened_by TEXT,
  opened_at BIGINT NOT NULL,
  closed_by TEXT,
  closed_at BIGINT,
  reason TEXT NOT NULL
);
CREATE UNIQUE INDEX leak_drills_open ON leak_drills (secret_id, version) WHERE closed_at IS NULL;
CREATE INDEX leak_drills_by_secret ON leak_drills (secret_id, id);
CREATE INDEX leak_drills_by_workspace ON leak_drills (workspace_id, id);

-- The steps that somebody said are done; others are done by themselves.
CREATE TABLE leak_steps (
  drill_id TEXT NOT NULL REFERENCES leak_drills (id),
  step TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  note TEXT NOT NULL,
  done_by TEXT,
  done_at BIGINT NOT NULL,
  PRIMARY KEY (drill_id, step)
);
CREATE INDEX leak_steps_by_workspace ON leak_steps (workspace_id);
