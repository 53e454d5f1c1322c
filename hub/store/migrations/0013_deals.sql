CREATE TABLE push_records (
  key TEXT NOT NULL,
  entity TEXT NOT NULL,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  PRIMARY KEY (key)
);
CREATE INDEX deals_connection_id_organization_type_organization_key ON deals (connection_id, organization_type, organization_key) WHERE organization_key IS NOT NULL;
