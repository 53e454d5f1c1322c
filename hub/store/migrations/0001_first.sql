CREATE TABLE connections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  connector TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX connections_name ON connections (name);
CREATE TABLE streams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  consolidated_seq INTEGER NOT NULL DEFAULT 0,
  consolidated_raw INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER,
  last_scan_at TEXT,
  fields TEXT,
  usual_count INTEGER
);
CREATE UNIQUE INDEX streams_connection_id_name ON streams (connection_id, name);
CREATE TABLE checkpoints (
  connection_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  cursor TEXT,
  run_id TEXT,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection_id, stream)
);
CREATE TABLE mapping_versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX mapping_versions_connection_id_hash ON mapping_versions (connection_id, hash);
CREATE TABLE raw_records (
  id INTEGER PRIMARY KEY,
  stream_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  payload BLOB NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  run_id TEXT NOT NULL,
  deleted_at TEXT
);
CREATE UNIQUE INDEX raw_records_stream_id_key ON raw_records (stream_id, key);
CREATE INDEX raw_records_stream_id_seq ON raw_records (stream_id, seq);
CREATE TABLE runs (
  id TEXT NOT NULL,
  connection_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sync_id TEXT,
  status TEXT NOT NULL,
  trigger TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  heartbeat_at TEXT,
  counts TEXT,
  error TEXT,
  PRIMARY KEY (id)
);
CREATE INDEX runs_connection_id_started_at ON runs (connection_id, started_at);
CREATE INDEX runs_sync_id ON runs (sync_id);
CREATE INDEX runs_status ON runs (status) WHERE status = 'running';
CREATE TABLE run_batches (
  run_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  stream_id INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  outcomes TEXT NOT NULL,
  scan TEXT,
  at TEXT NOT NULL,
  PRIMARY KEY (run_id, number)
);
CREATE INDEX run_batches_stream_id_scan ON run_batches (stream_id, scan) WHERE scan IS NOT NULL;
CREATE TABLE run_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT,
  connection_id INTEGER,
  at TEXT NOT NULL,
  level TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  data TEXT
);
CREATE INDEX run_events_run_id ON run_events (run_id);
CREATE INDEX run_events_connection_id_at ON run_events (connection_id, at);
CREATE TABLE rejects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL,
  connection_id INTEGER NOT NULL,
  stream_id INTEGER NOT NULL,
  stage TEXT NOT NULL,
  key TEXT NOT NULL,
  raw_id INTEGER,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  path TEXT NOT NULL,
  location TEXT NOT NULL,
  payload BLOB,
  mapping_version INTEGER,
  state TEXT NOT NULL,
  times INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX rejects_stream_id_stage_key ON rejects (stream_id, stage, key);
CREATE INDEX rejects_state_code ON rejects (state, code);
CREATE INDEX rejects_raw_id ON rejects (raw_id) WHERE raw_id IS NOT NULL;
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
  response TEXT
);
CREATE INDEX exchanges_connection_id_id ON exchanges (connection_id, id);
CREATE TABLE leases (
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  acquired_at TEXT NOT NULL,
  heartbeat_at TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  started TEXT NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE counters (
  name TEXT NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE budgets (
  account TEXT NOT NULL,
  tokens REAL,
  counted_at REAL,
  parked_until TEXT,
  PRIMARY KEY (account)
);
CREATE TABLE budget_slots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL
);
CREATE INDEX budget_slots_account ON budget_slots (account);
CREATE TABLE secrets (
  connection_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection_id, name)
);
CREATE TABLE facts (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE source_customers (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  kind TEXT,
  kind_native TEXT,
  full_name TEXT,
  given_name TEXT,
  family_name TEXT,
  name_order TEXT,
  name_order_native TEXT,
  phonetic_name TEXT,
  salutation TEXT,
  gender TEXT,
  gender_native TEXT,
  birth_date TEXT,
  email TEXT,
  phone TEXT,
  organization_name TEXT,
  job_title TEXT,
  language TEXT,
  timezone TEXT,
  country TEXT,
  lifecycle_stage TEXT,
  lifecycle_stage_native TEXT,
  lead_source TEXT,
  tags TEXT,
  notes TEXT,
  known_since TEXT,
  last_activity_at TEXT,
  organization_type TEXT,
  organization_key TEXT,
  identifiers TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX source_customers_connection_id_external_type_external_id ON source_customers (connection_id, external_type, external_id);
CREATE INDEX source_customers_raw_id ON source_customers (raw_id);
CREATE TABLE organizations (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  name TEXT,
  legal_name TEXT,
  domain TEXT,
  registration_number TEXT,
  tax_id TEXT,
  industry TEXT,
  employee_count INTEGER,
  website TEXT,
  phone TEXT,
  type TEXT,
  type_native TEXT,
  parent_type TEXT,
  parent_key TEXT,
  tags TEXT,
  notes TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX organizations_connection_id_external_type_external_id ON organizations (connection_id, external_type, external_id);
CREATE INDEX organizations_raw_id ON organizations (raw_id);
CREATE TABLE employees (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  email TEXT,
  display_name TEXT,
  team TEXT,
  role TEXT,
  status TEXT,
  status_native TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX employees_connection_id_external_type_external_id ON employees (connection_id, external_type, external_id);
CREATE INDEX employees_raw_id ON employees (raw_id);
CREATE TABLE addresses (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  customer_type TEXT,
  customer_key TEXT,
  organization_type TEXT,
  organization_key TEXT,
  kind TEXT,
  kind_native TEXT,
  recipient TEXT,
  line1 TEXT,
  line2 TEXT,
  line3 TEXT,
  district TEXT,
  city TEXT,
  region TEXT,
  postal_code TEXT,
  country TEXT,
  latitude TEXT,
  longitude TEXT,
  formatted TEXT,
  is_primary INTEGER,
  is_undeliverable INTEGER,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX addresses_connection_id_external_type_external_id ON addresses (connection_id, external_type, external_id);
CREATE INDEX addresses_raw_id ON addresses (raw_id);
CREATE INDEX addresses_connection_id_customer_type_customer_key ON addresses (connection_id, customer_type, customer_key);
CREATE TABLE consents (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  customer_type TEXT,
  customer_key TEXT,
  identifier_type TEXT,
  identifier_type_native TEXT,
  identifier_value TEXT,
  purpose TEXT,
  purpose_native TEXT,
  channel TEXT,
  channel_native TEXT,
  status TEXT,
  status_native TEXT,
  legal_basis TEXT,
  legal_basis_native TEXT,
  jurisdiction TEXT,
  effective_from TEXT,
  effective_to TEXT,
  double_opt_in_at TEXT,
  captured_at TEXT,
  capture_source TEXT,
  capture_form TEXT,
  policy_version TEXT,
  wording TEXT,
  ip_truncated TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX consents_connection_id_external_type_external_id ON consents (connection_id, external_type, external_id);
CREATE INDEX consents_raw_id ON consents (raw_id);
CREATE INDEX consents_connection_id_customer_type_customer_key ON consents (connection_id, customer_type, customer_key);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  customer_type TEXT,
  customer_key TEXT,
  organization_type TEXT,
  organization_key TEXT,
  order_number TEXT,
  status TEXT,
  status_native TEXT,
  financial_status TEXT,
  financial_status_native TEXT,
  fulfillment_status TEXT,
  fulfillment_status_native TEXT,
  currency TEXT,
  subtotal_amount INTEGER,
  discount_amount INTEGER,
  shipping_amount INTEGER,
  tax_amount INTEGER,
  total_amount INTEGER,
  refunded_amount INTEGER,
  coupon_codes TEXT,
  sales_channel TEXT,
  store TEXT,
  payment_method TEXT,
  cancel_reason TEXT,
  placed_at TEXT,
  paid_at TEXT,
  completed_at TEXT,
  cancelled_at TEXT,
  is_test INTEGER,
  customer_note TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX orders_connection_id_external_type_external_id ON orders (connection_id, external_type, external_id);
CREATE INDEX orders_raw_id ON orders (raw_id);
CREATE INDEX orders_connection_id_customer_type_customer_key ON orders (connection_id, customer_type, customer_key);
CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  order_type TEXT,
  order_key TEXT,
  line_number INTEGER,
  product_id TEXT,
  sku TEXT,
  name TEXT,
  variant TEXT,
  category TEXT,
  brand TEXT,
  quantity TEXT,
  currency TEXT,
  unit_price_amount INTEGER,
  discount_amount INTEGER,
  tax_amount INTEGER,
  total_amount INTEGER,
  fulfilled_quantity TEXT,
  refunded_quantity TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX order_lines_connection_id_external_type_external_id ON order_lines (connection_id, external_type, external_id);
CREATE INDEX order_lines_raw_id ON order_lines (raw_id);
CREATE INDEX order_lines_connection_id_order_type_order_key ON order_lines (connection_id, order_type, order_key);
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  customer_type TEXT,
  customer_key TEXT,
  organization_type TEXT,
  organization_key TEXT,
  assignee_type TEXT,
  assignee_key TEXT,
  ticket_number TEXT,
  subject TEXT,
  description TEXT,
  status TEXT,
  status_native TEXT,
  priority TEXT,
  priority_native TEXT,
  type TEXT,
  type_native TEXT,
  channel TEXT,
  channel_native TEXT,
  category TEXT,
  team TEXT,
  opened_at TEXT,
  first_response_at TEXT,
  solved_at TEXT,
  closed_at TEXT,
  sla_due_at TEXT,
  last_reply_at TEXT,
  reopened_count INTEGER,
  is_escalated INTEGER,
  csat_score INTEGER,
  tags TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX tickets_connection_id_external_type_external_id ON tickets (connection_id, external_type, external_id);
CREATE INDEX tickets_raw_id ON tickets (raw_id);
CREATE INDEX tickets_connection_id_customer_type_customer_key ON tickets (connection_id, customer_type, customer_key);
CREATE TABLE interactions (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  customer_type TEXT,
  customer_key TEXT,
  employee_type TEXT,
  employee_key TEXT,
  ticket_type TEXT,
  ticket_key TEXT,
  order_type TEXT,
  order_key TEXT,
  channel TEXT,
  channel_native TEXT,
  type TEXT,
  type_native TEXT,
  direction TEXT,
  direction_native TEXT,
  subject TEXT,
  body TEXT,
  occurred_at TEXT,
  original_at TEXT,
  sent_at TEXT,
  received_at TEXT,
  ended_at TEXT,
  duration_seconds INTEGER,
  outcome TEXT,
  outcome_native TEXT,
  conversation_id TEXT,
  message_id TEXT,
  in_reply_to TEXT,
  session_id TEXT,
  url TEXT,
  page_title TEXT,
  referrer TEXT,
  utm_source TEXT,
  utm_medium TEXT,
  utm_campaign TEXT,
  utm_term TEXT,
  utm_content TEXT,
  device_type TEXT,
  ip_truncated TEXT,
  locale TEXT,
  attachments TEXT,
  properties TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX interactions_connection_id_external_type_external_id ON interactions (connection_id, external_type, external_id);
CREATE INDEX interactions_raw_id ON interactions (raw_id);
CREATE INDEX interactions_connection_id_customer_type_customer_key ON interactions (connection_id, customer_type, customer_key);
CREATE INDEX interactions_connection_id_ticket_type_ticket_key ON interactions (connection_id, ticket_type, ticket_key);
CREATE INDEX interactions_connection_id_order_type_order_key ON interactions (connection_id, order_type, order_key);
CREATE TABLE participants (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL,
  external_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  raw_id INTEGER NOT NULL,
  supports INTEGER NOT NULL DEFAULT 1,
  rank INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  mapping_version INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  interaction_type TEXT,
  interaction_key TEXT,
  customer_type TEXT,
  customer_key TEXT,
  employee_type TEXT,
  employee_key TEXT,
  role TEXT,
  role_native TEXT,
  address TEXT,
  display_name TEXT,
  external_url TEXT,
  external_created_at TEXT,
  external_updated_at TEXT,
  custom TEXT
);
CREATE UNIQUE INDEX participants_connection_id_external_type_external_id ON participants (connection_id, external_type, external_id);
CREATE INDEX participants_raw_id ON participants (raw_id);
CREATE INDEX participants_connection_id_interaction_type_interaction_key ON participants (connection_id, interaction_type, interaction_key);
CREATE INDEX participants_connection_id_customer_type_customer_key ON participants (connection_id, customer_type, customer_key);
CREATE TABLE derivations (
  entity TEXT NOT NULL,
  row_id INTEGER NOT NULL,
  raw_id INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  observed_at TEXT,
  fields TEXT NOT NULL,
  PRIMARY KEY (entity, row_id, raw_id)
);
CREATE INDEX derivations_raw_id_entity ON derivations (raw_id, entity);
CREATE TABLE identifiers (
  source_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  issuer TEXT NOT NULL DEFAULT '',
  value TEXT NOT NULL,
  shown TEXT,
  label TEXT,
  is_primary INTEGER NOT NULL DEFAULT 0,
  verified INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source_id, type, issuer, value)
) WITHOUT ROWID;
CREATE INDEX identifiers_type_value_issuer ON identifiers (type, value, issuer);
CREATE TABLE match_features (
  source_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  data BLOB NOT NULL
);
CREATE TABLE block_keys (
  key INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  PRIMARY KEY (key, source_id)
) WITHOUT ROWID;
CREATE TABLE retired_keys (
  key INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  records INTEGER NOT NULL,
  names INTEGER NOT NULL,
  at TEXT NOT NULL
);
CREATE TABLE edges (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  rule TEXT NOT NULL,
  weight REAL NOT NULL,
  levels BLOB,
  model INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (a, b, rule)
) WITHOUT ROWID;
CREATE INDEX edges_b ON edges (b);
CREATE TABLE models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX models_version ON models (version);
CREATE TABLE term_frequencies (
  model INTEGER NOT NULL,
  feature TEXT NOT NULL,
  value TEXT NOT NULL,
  share REAL NOT NULL,
  PRIMARY KEY (model, feature, value)
) WITHOUT ROWID;
CREATE TABLE memberships (
  source_id INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  linked_at TEXT NOT NULL
);
CREATE INDEX memberships_customer_id ON memberships (customer_id);
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  a TEXT,
  b TEXT,
  field TEXT,
  value TEXT,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  reverses_id INTEGER,
  active INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX decisions_active ON decisions (active);
CREATE TABLE refusals (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  guard TEXT NOT NULL,
  detail TEXT,
  weight REAL,
  size INTEGER,
  joined INTEGER NOT NULL DEFAULT 0,
  at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  PRIMARY KEY (a, b, guard)
);
CREATE INDEX refusals_b ON refusals (b);
CREATE TABLE customers (
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  merged_into_id TEXT,
  members INTEGER NOT NULL DEFAULT 1,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  first_seen_at TEXT,
  kind TEXT,
  kind_native TEXT,
  full_name TEXT,
  given_name TEXT,
  family_name TEXT,
  name_order TEXT,
  name_order_native TEXT,
  phonetic_name TEXT,
  salutation TEXT,
  gender TEXT,
  gender_native TEXT,
  birth_date TEXT,
  email TEXT,
  phone TEXT,
  organization_name TEXT,
  job_title TEXT,
  language TEXT,
  timezone TEXT,
  country TEXT,
  lifecycle_stage TEXT,
  lifecycle_stage_native TEXT,
  lead_source TEXT,
  tags TEXT,
  notes TEXT,
  known_since TEXT,
  last_activity_at TEXT,
  PRIMARY KEY (id)
);
CREATE INDEX customers_merged_into_id ON customers (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX customers_email ON customers (email);
CREATE INDEX customers_updated_at ON customers (updated_at);
CREATE TABLE customer_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT,
  valid_from TEXT,
  valid_to TEXT NOT NULL,
  cause TEXT
);
CREATE INDEX customer_history_customer_id ON customer_history (customer_id);
CREATE TABLE identity_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  other_id TEXT,
  run_id TEXT,
  actor TEXT,
  reason TEXT,
  data TEXT,
  at TEXT NOT NULL
);
CREATE INDEX identity_events_customer_id ON identity_events (customer_id);
CREATE INDEX identity_events_run_id ON identity_events (run_id);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  op TEXT NOT NULL,
  fields TEXT NOT NULL,
  hash TEXT NOT NULL,
  status TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,
  run_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX outbox_connection_id_customer_id ON outbox (connection_id, customer_id) WHERE status IN ('pending', 'retry', 'unknown');
CREATE INDEX outbox_connection_id_status_id ON outbox (connection_id, status, id) WHERE status IN ('pending', 'retry', 'unknown');
CREATE TABLE push_state (
  connection_id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  remote_id TEXT,
  sent_hash TEXT,
  sent_fields TEXT,
  state TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection_id, customer_id)
);
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  outbox_id INTEGER NOT NULL,
  connection_id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  op TEXT NOT NULL,
  status TEXT NOT NULL,
  code TEXT,
  message TEXT,
  remote_id TEXT,
  at TEXT NOT NULL
);
CREATE INDEX deliveries_run_id ON deliveries (run_id);
CREATE INDEX deliveries_customer_id ON deliveries (customer_id);
