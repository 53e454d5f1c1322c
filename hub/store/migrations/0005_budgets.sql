CREATE TABLE budget_windows (
  account TEXT NOT NULL,
  quota TEXT NOT NULL,
  allowed INTEGER NOT NULL,
  used INTEGER NOT NULL,
  left_over INTEGER,
  ends_at TEXT NOT NULL,
  PRIMARY KEY (account, quota)
);
CREATE TABLE budget_waits (
  account TEXT NOT NULL,
  priority INTEGER NOT NULL,
  until TEXT NOT NULL,
  PRIMARY KEY (account)
);
