DROP TABLE exchanges;
CREATE TABLE exchanges (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  run_id TEXT,
  at TEXT NOT NULL,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  status INTEGER,
  ms INTEGER,
  request TEXT,
  response TEXT,
  retries INTEGER NOT NULL DEFAULT 0,
  error TEXT
);
CREATE INDEX exchanges_connection_id_id ON exchanges (connection_id, id);
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
  at TEXT NOT NULL,
  exchange_id INTEGER
);
INSERT INTO deliveries (id, outbox_id, connection_id, object, customer_id, run_id, op, changed, status, code, message, remote_id, at)
SELECT id, outbox_id, connection_id, object, customer_id, run_id, op, changed, status, code, message, remote_id, at FROM deliveries_before;
DROP TABLE deliveries_before;
CREATE INDEX deliveries_run_id ON deliveries (run_id);
CREATE INDEX deliveries_customer_id ON deliveries (customer_id);
CREATE INDEX deliveries_outbox_id ON deliveries (outbox_id);
