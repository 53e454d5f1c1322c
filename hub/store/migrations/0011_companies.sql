CREATE INDEX source_customers_connection_id_organization_type_organization_key ON source_customers (connection_id, organization_type, organization_key) WHERE organization_key IS NOT NULL;
CREATE INDEX customers_organization_name ON customers (organization_name) WHERE organization_name IS NOT NULL;
CREATE INDEX customers_full_name ON customers (full_name) WHERE kind = 'organization';
