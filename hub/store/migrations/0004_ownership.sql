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
  edits TEXT,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection_id, customer_id, object)
);
CREATE INDEX push_state_connection_id_object_remote_id ON push_state (connection_id, object, remote_id) WHERE remote_id IS NOT NULL;
INSERT INTO push_state (connection_id, object, customer_id, remote_id, sent_hash, sent_fields, remote_fields, state, updated_at) SELECT connection_id, object, customer_id, remote_id, sent_hash, sent_fields, remote_fields, state, updated_at FROM push_state_before;
DROP TABLE push_state_before;
CREATE TABLE push_links (
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (connection_id, customer_id, object)
);
