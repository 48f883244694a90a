-- When the installation was last backed up, and when one of its backups was last rehearsed.
CREATE TABLE backups (
  id TEXT NOT NULL PRIMARY KEY,
  made_at BIGINT NOT NULL,
  rehearsed_at BIGINT
);
