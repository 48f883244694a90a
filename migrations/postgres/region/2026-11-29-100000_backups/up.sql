-- Backups under way, each until it lets go or, when it died, until its time is over: no file is removed meanwhile.
CREATE TABLE file_holds (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  ends_at BIGINT NOT NULL
);
-- Accounts and organizations that are gone for good, and whether the log of erasures outside the database says so.
CREATE TABLE erasures (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  erased_at BIGINT NOT NULL,
  logged_at BIGINT
);
CREATE INDEX erasures_unlogged ON erasures (id) WHERE logged_at IS NULL;
INSERT INTO erasures (id, kind, erased_at) SELECT account_id, 'account', erased_at FROM tombstones;
