-- What must be unique everywhere, and what belongs to the whole instance. No text of an address is kept here.

CREATE TABLE schema_marks (
  version TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  breaking BOOLEAN NOT NULL
);

CREATE TABLE named_keys (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE names (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  held_until BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX names_by_owner ON names (owner_id);
CREATE INDEX names_by_hold ON names (state, held_until);

CREATE TABLE retired_names (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  free_at BIGINT NOT NULL
);

CREATE TABLE addresses (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  held_until BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX addresses_by_account ON addresses (account_id);
CREATE INDEX addresses_by_hold ON addresses (state, held_until);

CREATE TABLE administrators (
  account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  region TEXT COLLATE "C" NOT NULL,
  granted_by TEXT COLLATE "C",
  granted_at BIGINT NOT NULL
);

CREATE TABLE setup_links (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE admissions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  address_digest TEXT COLLATE "C" NOT NULL,
  sealed_address BYTEA NOT NULL,
  token_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  invited_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX admissions_by_address ON admissions (address_digest);

CREATE TABLE service_tokens (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  token_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  allows TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE throttles (
  key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL,
  window_ends_at BIGINT NOT NULL
);
CREATE INDEX throttles_by_end ON throttles (window_ends_at);
