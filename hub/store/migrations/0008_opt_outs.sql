CREATE INDEX outbox_connection_id_priority ON outbox (connection_id, priority) WHERE priority < 2 AND status IN ('pending', 'retry', 'unknown', 'rejected', 'invalid');
