"""Who is there already, asked for many rows at once: SOQL is up to date at once, where a search of the index lags behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub import BadAnswer, Found, WriteRow

from .bulk import Session

#: Rows that one question asks for: an address has at most 16 KB.
_AT_ONCE = 80


class Finding:
    """Finds records of one object by our id, else by exactly the e-mail address."""

    def __init__(
        self, session: Session, query: str, kind: str, by_mail: str, columns: Mapping[str, str]
    ) -> None:
        """query: address of queries. by_mail: condition on {words}, the addresses; empty where none are asked for."""
        self._session, self._query, self._kind = session, query, kind
        self._by_mail, self._columns = by_mail, columns

    def found(self, rows: Sequence[WriteRow]) -> dict[int, Sequence[Found]]:
        """Each row's records, by delivery id. Raises what the HTTP client raises, and BadAnswer HUB-4640."""
        found: dict[int, Sequence[Found]] = {}
        for at in range(0, len(rows), _AT_ONCE):
            some = rows[at : at + _AT_ONCE]
            if question := self._question(some):
                found |= self._matched(some, self._records(question))
        return found

    def _question(self, rows: Sequence[WriteRow]) -> str:
        """Empty when nothing is known of the rows."""
        hub_field = self._columns["hub_id"]
        ids, mails = (_listed(row.fields.get(name) for row in rows) for name in ("hub_id", "Email"))
        where = [f"{hub_field} IN ({ids})"] if ids else []
        where += [self._by_mail.format(words=mails)] if self._by_mail and mails else []
        if not where:
            return ""
        fields = sorted({name for row in rows for name in row.fields} - self._columns.keys())
        names, condition = ", ".join(["Id", hub_field, *fields]), " OR ".join(where)
        return f"SELECT {names} FROM {self._kind} WHERE {condition}"  # noqa: S608 - SOQL, and its words are quoted

    def _records(self, soql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        url, params = self._query, {"q": soql}
        while url:
            body = self._session.read("GET", url, params=params).body
            if not isinstance(body, dict) or not isinstance(body.get("records"), list):
                raise BadAnswer("HUB-4640", "the answer to a look-up has no list of records")
            found += body["records"]
            url, params = body.get("nextRecordsUrl") or "", {}
        return found

    def _matched(
        self, rows: Sequence[WriteRow], records: Sequence[Mapping[str, Any]]
    ) -> dict[int, Sequence[Found]]:
        """Our id counts more than the address."""
        found: dict[int, Sequence[Found]] = {}
        for row in rows:
            mail = str(row.fields.get("Email") or "").casefold()
            hub_id = row.fields.get("hub_id")
            ours = [one for one in records if hub_id and one.get(self._columns["hub_id"]) == hub_id]
            theirs = [one for one in records if mail and str(one.get("Email") or "").casefold() == mail]
            if told := ours or theirs:
                found[row.delivery_id] = [self._found(one, row) for one in told]
        return found

    def _found(self, record: Mapping[str, Any], row: WriteRow) -> Found:
        names = {name: self._columns.get(name, name) for name in row.fields}
        return Found(
            str(record["Id"]), {name: record[told] for name, told in names.items() if told in record}
        )


def _listed(values: Iterable[Any]) -> str:
    """Texts for a list of SOQL, each once: quoted, with backslash and quote behind a backslash."""
    told = sorted({str(value) for value in values if value})
    return ", ".join("'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'" for word in told)
