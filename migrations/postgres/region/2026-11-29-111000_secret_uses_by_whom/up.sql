-- Who had a secret fetched outside of the platform's jobs: the person, or whoever made the key, and what that key was called.
ALTER TABLE secret_uses ADD COLUMN account_id TEXT COLLATE "C";
ALTER TABLE secret_uses ADD COLUMN key_name TEXT COLLATE "C";
CREATE INDEX secret_uses_by_account ON secret_uses (account_id);
