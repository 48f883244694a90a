-- An organization that an administrator suspended, since when, and why; its Owners read that.
ALTER TABLE organizations ADD COLUMN suspended_at BIGINT;
ALTER TABLE organizations ADD COLUMN suspended_because TEXT;
