-- What people of this region allowed a program that asked to be signed in, until it fetches its token, once.
CREATE TABLE device_approvals (
  digest TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  agent TEXT NOT NULL,
  has_second_factor BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX device_approvals_by_account ON device_approvals (account_id);
CREATE INDEX device_approvals_by_expiry ON device_approvals (expires_at);
