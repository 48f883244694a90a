-- Which service token asked for a job's token, so that it ends with it; and the last use of each version by an index.

ALTER TABLE environment_tokens ADD COLUMN service_token_id TEXT COLLATE "C";
ALTER TABLE environment_tokens ADD COLUMN service_token TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The name that the token had, as the access log shows it.
ALTER TABLE secret_uses ADD COLUMN service_token TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX secret_uses_by_version ON secret_uses (secret_id, version, at);
