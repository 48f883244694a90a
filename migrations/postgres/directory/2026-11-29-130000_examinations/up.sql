-- What the doctor found when an administrator asked: the last report, and the job of one that is under way.
CREATE TABLE examinations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  region TEXT COLLATE "C" NOT NULL,
  asked_at BIGINT NOT NULL,
  finished_at BIGINT,
  report TEXT COLLATE "C" NOT NULL
);
