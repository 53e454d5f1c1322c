CREATE TABLE reconcile_findings (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  connection_id INTEGER NOT NULL,
  object TEXT NOT NULL,
  outcome TEXT NOT NULL,
  customer_id TEXT,
  remote_id TEXT NOT NULL,
  why TEXT NOT NULL,
  fields TEXT
);
CREATE INDEX reconcile_findings_connection_id_object ON reconcile_findings (connection_id, object);
CREATE INDEX reconcile_findings_customer_id ON reconcile_findings (customer_id) WHERE customer_id IS NOT NULL;
