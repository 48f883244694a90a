-- How many requests a key or a workspace made in the window that is running, as far as replicas have settled.
CREATE TABLE rates (
  subject TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  count BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
);
CREATE INDEX rates_by_workspace ON rates (workspace_id);
CREATE INDEX rates_by_end ON rates (ends_at);
