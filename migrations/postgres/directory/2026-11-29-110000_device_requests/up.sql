-- Programs that ask to be signed in (RFC 8628): what they are told apart by, until somebody answers or ten minutes are over.

-- Both codes are kept as digests. `region` is where whoever allowed it lives; nothing here names them.
CREATE TABLE device_requests (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_code_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  agent TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C",
  interval_seconds BIGINT NOT NULL,
  polled_at BIGINT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX device_requests_by_expiry ON device_requests (expires_at);
