-- +goose Up

-- Facts about the store itself: the caller key or its fingerprint, and
-- whatever other parts of the program keep by name.
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- Every text of a key once. Id 0 is the empty text.
CREATE TABLE strings (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO strings (id, text) VALUES (0, '');

-- One table per kind; time is the start of the grain in Unix seconds, written
-- the time of the first writing. The columns of a key are ids of strings, the
-- status is a number. Empty maps are NULL.
CREATE TABLE rollup_request (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, x1 INTEGER NOT NULL, x2 INTEGER NOT NULL, x3 INTEGER NOT NULL,
  n INTEGER NOT NULL, bytes INTEGER NOT NULL, hist BLOB,
  callers BLOB, heavy BLOB, n_nocaller INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, x1, x2, x3)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_error (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, type INTEGER NOT NULL, code INTEGER NOT NULL, param INTEGER NOT NULL,
  param_source INTEGER NOT NULL, feature INTEGER NOT NULL, available_from INTEGER NOT NULL,
  shape INTEGER NOT NULL, origin INTEGER NOT NULL, template INTEGER NOT NULL, x1 INTEGER NOT NULL,
  x2 INTEGER NOT NULL, x3 INTEGER NOT NULL,
  n INTEGER NOT NULL, extra INTEGER NOT NULL,
  callers BLOB, heavy BLOB, n_nocaller INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, type, code, param, param_source, feature, available_from,
    shape, origin, template, x1, x2, x3)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_rclient (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, client INTEGER NOT NULL, auth INTEGER NOT NULL, retry INTEGER NOT NULL,
  n INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, client, auth, retry)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_eclient (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, type INTEGER NOT NULL, param INTEGER NOT NULL, client INTEGER NOT NULL,
  auth INTEGER NOT NULL, retry INTEGER NOT NULL,
  n INTEGER NOT NULL, extra INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, type, param, client, auth, retry)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_finding (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, type INTEGER NOT NULL, finding INTEGER NOT NULL,
  n INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, type, finding)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_read (
  time INTEGER NOT NULL, source INTEGER NOT NULL, reason INTEGER NOT NULL,
  n INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, reason)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_sample (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, method INTEGER NOT NULL,
  status INTEGER NOT NULL, type INTEGER NOT NULL, param INTEGER NOT NULL, template INTEGER NOT NULL,
  finding INTEGER NOT NULL, pos INTEGER NOT NULL,
  text TEXT NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, method, status, type, param, template, finding, pos)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_template (
  time INTEGER NOT NULL, source INTEGER NOT NULL, type INTEGER NOT NULL, template INTEGER NOT NULL,
  n INTEGER NOT NULL, text TEXT NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, type, template)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_demand (
  time INTEGER NOT NULL, source INTEGER NOT NULL, feature INTEGER NOT NULL, available_from INTEGER NOT NULL,
  reason INTEGER NOT NULL, client INTEGER NOT NULL, caller INTEGER NOT NULL,
  n INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  text TEXT NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, feature, available_from, reason, client, caller)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_adopt (
  time INTEGER NOT NULL, source INTEGER NOT NULL, route INTEGER NOT NULL, available_from INTEGER NOT NULL,
  caller INTEGER NOT NULL,
  n INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source, route, available_from, caller)
) WITHOUT ROWID, STRICT;

CREATE TABLE rollup_active (
  time INTEGER NOT NULL, source INTEGER NOT NULL,
  n INTEGER NOT NULL, callers BLOB, heavy BLOB, n_nocaller INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (time, source)
) WITHOUT ROWID, STRICT;

-- Which kinds a source has in a UTC hour: the choice of feeds is made by it.
CREATE TABLE hours (
  source INTEGER NOT NULL, hour INTEGER NOT NULL,
  requests INTEGER NOT NULL, errors INTEGER NOT NULL,
  PRIMARY KEY (source, hour)
) WITHOUT ROWID, STRICT;

-- The lanes' marks: how far a lane is in the store, per event day (pos 0) and
-- in all (day 0, pos 1).
CREATE TABLE watermarks (
  lane TEXT NOT NULL, pos INTEGER NOT NULL, day INTEGER NOT NULL,
  source INTEGER NOT NULL, wm INTEGER NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (lane, pos, day)
) WITHOUT ROWID, STRICT;

-- One row per batch.
CREATE TABLE batches (
  lane TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL,
  source INTEGER NOT NULL, nonce TEXT NOT NULL, text TEXT NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (lane, "from")
) WITHOUT ROWID, STRICT;

-- What is known of files, so that they are known again under another name.
CREATE TABLE files (
  lane TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL, name TEXT NOT NULL, feed TEXT NOT NULL, format TEXT NOT NULL,
  length INTEGER NOT NULL, lines INTEGER NOT NULL,
  head_hash TEXT NOT NULL, tail_hash TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX files_source ON files (source, head_hash);

-- The feeds that a source was read as.
CREATE TABLE feeds (
  source TEXT NOT NULL, format TEXT NOT NULL, feed TEXT NOT NULL,
  PRIMARY KEY (source, format, feed)
) WITHOUT ROWID, STRICT;

-- What people query.
CREATE VIEW requests AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', f.time, 'unixepoch') AS minute,
  so.text AS source, me.text AS method, ro.text AS route, f.status AS status,
  f.n AS requests, f.bytes AS bytes
FROM rollup_request f
  JOIN strings so ON so.id = f.source JOIN strings me ON me.id = f.method JOIN strings ro ON ro.id = f.route;

CREATE VIEW errors AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', f.time, 'unixepoch') AS minute,
  so.text AS source, ty.text AS type, co.text AS code, pa.text AS param, ps.text AS param_source,
  fe.text AS feature, av.text AS available_from, f.status AS status, me.text AS method, ro.text AS route,
  te.text AS template, sh.text AS shape, og.text AS origin, f.n AS entries, f.extra AS extra
FROM rollup_error f
  JOIN strings so ON so.id = f.source JOIN strings ty ON ty.id = f.type JOIN strings co ON co.id = f.code
  JOIN strings pa ON pa.id = f.param JOIN strings ps ON ps.id = f.param_source
  JOIN strings fe ON fe.id = f.feature JOIN strings av ON av.id = f.available_from
  JOIN strings me ON me.id = f.method JOIN strings ro ON ro.id = f.route
  JOIN strings te ON te.id = f.template JOIN strings sh ON sh.id = f.shape JOIN strings og ON og.id = f.origin;

CREATE VIEW demand AS
SELECT strftime('%Y-%m-%d', f.time, 'unixepoch') AS day,
  so.text AS source, fe.text AS feature, av.text AS available_from, re.text AS reason, cl.text AS client,
  CASE f.caller WHEN 0 THEN '' ELSE printf('%016x', f.caller) END AS caller, f.n AS attempts,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.first / 1e6, 'unixepoch') AS first_seen,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.last / 1e6, 'unixepoch') AS last_seen
FROM rollup_demand f
  JOIN strings so ON so.id = f.source JOIN strings fe ON fe.id = f.feature
  JOIN strings av ON av.id = f.available_from JOIN strings re ON re.id = f.reason JOIN strings cl ON cl.id = f.client;

CREATE VIEW ledger AS
SELECT coalesce(fi.name, b.lane) AS topic, 0 AS partition, b."from" AS "from", b."to" AS "to",
  b.text ->> '$.records' AS records, 0 AS lost,
  b.text ->> '$.entries' AS entries, b.text ->> '$.counted' AS counted,
  b.text ->> '$.dead' AS dead, b.text ->> '$.skipped' AS skipped
FROM batches b LEFT JOIN files fi ON fi.lane = b.lane;
