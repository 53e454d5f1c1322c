"""Which company a customer belongs to, where the company is a customer, too. Asked by sets.

A source that tells of a person may name the person's company; where it tells of that company as a customer, that is the
one. Else it is the only company that is called what the person's golden record calls it. Two of one name are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.store.driver import Driver

#: A company's name, as `c`; both columns are looked up by an index of their own.
_BY_NAME = (
    "SELECT c.organization_name, c.id FROM customers c WHERE c.kind = 'organization' AND c.status = 'active' "
    "AND c.organization_name IN ({})",
    "SELECT c.full_name, c.id FROM customers c WHERE c.kind = 'organization' AND c.status = 'active' "
    "AND c.organization_name IS NULL AND c.full_name IN ({})",
)


class Companies:
    """Questions about customers and the companies among them."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def of(self, customer_ids: Sequence[str]) -> dict[str, str]:
        """Customer -> company, for those of these customers that have one."""
        found = self._named_by_sources(customer_ids)
        rows = self._db.query_in(
            "SELECT id, organization_name FROM customers WHERE organization_name IS NOT NULL AND id IN ({})",
            [id_ for id_ in customer_ids if id_ not in found],
        )
        called = self._called({name for _, name in rows})
        found |= {id_: called[name] for id_, name in rows if called.get(name, id_) != id_}
        return found

    def people_of(self, company_ids: Sequence[str]) -> list[str]:
        """Customers who may belong to one of these, by what a source or their golden record says."""
        named = self._db.query_in(
            "SELECT DISTINCT mp.customer_id FROM memberships m JOIN source_customers c ON c.id = m.source_id "
            "JOIN source_customers p ON p.connection_id = c.connection_id AND p.organization_type = c.external_type "
            "AND p.organization_key = c.external_id JOIN memberships mp ON mp.source_id = p.id "
            "WHERE m.customer_id IN ({})",
            company_ids,
        )
        names = self._db.query_in(
            "SELECT coalesce(organization_name, full_name) FROM customers WHERE kind = 'organization' AND id IN ({})",
            company_ids,
        )
        called = self._db.query_in(
            "SELECT id FROM customers WHERE status = 'active' AND organization_name IN ({})",
            sorted({row[0] for row in names if row[0] is not None}),
        )
        return sorted({row[0] for row in (*named, *called)} - {*company_ids})

    def _named_by_sources(self, customer_ids: Sequence[str]) -> dict[str, str]:
        """Where several name one, the one that was changed last says which."""
        rows = self._db.query_in(
            "SELECT m.customer_id, mc.customer_id, coalesce(p.external_updated_at, ''), p.id FROM memberships m "
            "JOIN source_customers p ON p.id = m.source_id "
            "JOIN source_customers c ON c.connection_id = p.connection_id AND c.external_type = p.organization_type "
            "AND c.external_id = p.organization_key "
            "JOIN memberships mc ON mc.source_id = c.id JOIN customers o ON o.id = mc.customer_id "
            "WHERE p.organization_key IS NOT NULL AND o.kind = 'organization' AND o.status = 'active' "
            "AND mc.customer_id <> m.customer_id AND m.customer_id IN ({})",
            customer_ids,
        )
        return {row[0]: row[1] for row in sorted(rows, key=lambda row: (row[2], row[3]))}

    def _called(self, names: set[str]) -> dict[str, str]:
        """Name -> the only company of that name."""
        by_name: dict[str, list[str]] = {}
        for sql in _BY_NAME:
            for name, id_ in self._db.query_in(sql, sorted(names)):
                by_name.setdefault(name, []).append(id_)
        return {name: ids[0] for name, ids in by_name.items() if len(ids) == 1}
