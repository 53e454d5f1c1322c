CREATE TABLE outbox_before AS SELECT * FROM outbox;
DROP TABLE outbox;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL DEFAULT 'customers',
  customer_id TEXT NOT NULL,
  op TEXT NOT NULL,
  fields TEXT NOT NULL,
  hash TEXT NOT NULL,
  trying TEXT,
  status TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,
  run_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 2
);
CREATE UNIQUE INDEX outbox_connection_id_customer_id_object ON outbox (connection_id, customer_id, object) WHERE status IN ('pending', 'retry', 'unknown', 'rejected', 'invalid');
CREATE INDEX outbox_connection_id_id ON outbox (connection_id, id) WHERE status IN ('pending', 'retry', 'unknown', 'rejected', 'invalid');
INSERT INTO outbox (id, connection_id, object, customer_id, op, fields, hash, trying, status, attempt, next_at, run_id, created_at, updated_at)
SELECT id, connection_id, object, customer_id, op, fields, hash, trying, status, attempt, next_at, run_id, created_at, updated_at FROM outbox_before;
DROP TABLE outbox_before;
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  counts TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE TABLE erasure_lines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  erasure_id INTEGER NOT NULL,
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  state TEXT NOT NULL,
  outbox_id INTEGER
);
CREATE INDEX erasure_lines_erasure_id ON erasure_lines (erasure_id);
CREATE TABLE tombstones (
  hash TEXT NOT NULL,
  erasure_id INTEGER NOT NULL,
  PRIMARY KEY (hash)
);
