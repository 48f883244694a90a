-- What the doctor found when an administrator asked: the last report, and the job of one that is under way.
CREATE TABLE examinations (
  id TEXT NOT NULL PRIMARY KEY,
  region TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  finished_at BIGINT,
  report TEXT NOT NULL
);
