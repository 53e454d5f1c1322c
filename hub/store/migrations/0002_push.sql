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
  updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX outbox_connection_id_customer_id_object ON outbox (connection_id, customer_id, object) WHERE status IN ('pending', 'retry', 'unknown', 'rejected', 'invalid');
CREATE INDEX outbox_connection_id_id ON outbox (connection_id, id) WHERE status IN ('pending', 'retry', 'unknown', 'rejected', 'invalid');
INSERT INTO outbox (id, connection_id, customer_id, op, fields, hash, status, attempt, next_at, run_id, created_at, updated_at) SELECT id, connection_id, customer_id, op, fields, hash, CASE WHEN status IN ('rejected', 'invalid') THEN 'over' ELSE status END, attempt, next_at, run_id, created_at, updated_at FROM outbox_before ORDER BY id;
DROP TABLE outbox_before;
CREATE TABLE push_state_before AS SELECT * FROM push_state;
DROP TABLE push_state;
CREATE TABLE push_state (
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL DEFAULT 'customers',
  customer_id TEXT NOT NULL,
  remote_id TEXT,
  sent_hash TEXT,
  sent_fields TEXT,
  remote_fields TEXT,
  state TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection_id, customer_id, object)
);
CREATE INDEX push_state_connection_id_object_remote_id ON push_state (connection_id, object, remote_id) WHERE remote_id IS NOT NULL;
INSERT INTO push_state (connection_id, customer_id, remote_id, sent_hash, sent_fields, state, updated_at) SELECT connection_id, customer_id, remote_id, sent_hash, sent_fields, state, updated_at FROM push_state_before;
DROP TABLE push_state_before;
CREATE TABLE deliveries_before AS SELECT * FROM deliveries;
DROP TABLE deliveries;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  outbox_id INTEGER NOT NULL,
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL DEFAULT 'customers',
  customer_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  op TEXT NOT NULL,
  changed TEXT,
  status TEXT NOT NULL,
  code TEXT,
  message TEXT,
  remote_id TEXT,
  at TEXT NOT NULL
);
CREATE INDEX deliveries_run_id ON deliveries (run_id);
CREATE INDEX deliveries_customer_id ON deliveries (customer_id);
CREATE INDEX deliveries_outbox_id ON deliveries (outbox_id);
INSERT INTO deliveries (id, outbox_id, connection_id, customer_id, run_id, op, status, code, message, remote_id, at) SELECT id, outbox_id, connection_id, customer_id, run_id, op, status, code, message, remote_id, at FROM deliveries_before;
DROP TABLE deliveries_before;
CREATE TABLE push_destinations (
  connection_id INTEGER PRIMARY KEY,
  previewed_with TEXT,
  previewed_at TEXT,
  begun_at TEXT,
  filled_at TEXT,
  closed_until TEXT
);
CREATE TABLE push_pauses (
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (connection_id, object)
);
CREATE TABLE write_ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  field TEXT NOT NULL,
  value_hash TEXT NOT NULL,
  at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  met_at TEXT
);
CREATE INDEX write_ledger_connection_id_object_remote_id_field ON write_ledger (connection_id, object, remote_id, field);
CREATE INDEX write_ledger_expires_at ON write_ledger (expires_at);
CREATE TABLE push_frozen (
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (connection_id, customer_id, object, field)
);
