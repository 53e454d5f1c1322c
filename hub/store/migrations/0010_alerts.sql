CREATE TABLE alerts (
  connection_id INTEGER NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL,
  since TEXT NOT NULL,
  last_seen TEXT,
  message TEXT NOT NULL,
  detail TEXT,
  told INTEGER NOT NULL DEFAULT 0,
  muted_until TEXT,
  PRIMARY KEY (connection_id, rule)
);
CREATE TABLE alert_notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  connection_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at TEXT NOT NULL,
  error TEXT,
  at TEXT NOT NULL
);
CREATE INDEX alert_notices_channel_id ON alert_notices (channel, id);
