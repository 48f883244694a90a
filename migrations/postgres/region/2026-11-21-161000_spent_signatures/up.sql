-- Rightly signed files whose samples were deleted, for as long as one of them could come in again.
CREATE TABLE spent_signatures (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  content_hash TEXT COLLATE "C" NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, content_hash)
);
CREATE INDEX spent_signatures_by_time ON spent_signatures (signed_at);
