"""Customers as parties: their e-mail address and phone are records of their own, our id is an identifier without a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub import Found, Refused, RowResult, RowStatus, WriteRow

from .client import ANY_STATE, Parties

#: What stands before our id in an identifier's code.
PREFIX = "hub:"
#: Field of a row -> kinds of contact that may hold it, the one that is made first.
_KINDS: Mapping[str, tuple[str, ...]] = {"email": ("email",), "phone": ("phone", "mobile")}


def written(row: WriteRow, parties: Parties) -> RowResult:
    """What became of a row. Raises Refused, and what the HTTP client raises."""
    if row.op != "upsert":
        return _removed(row, parties)
    if "@" not in str(row.fields.get("email") or "@"):
        message = "the e-mail address has no @"
        return RowResult(row.delivery_id, RowStatus.INVALID, row.remote_id, "HUB-4861", message)
    if row.remote_id is None:
        party = parties.create(_values(row.changed, {}))
    else:
        try:
            there = parties.party(row.remote_id)
        except Refused as refused:
            if refused.status != 404:
                raise
            return RowResult(
                row.delivery_id, RowStatus.GONE, code="HUB-4862", message="there is no party of that id"
            )
        values = _values(row.changed, there)
        party = parties.change(row.remote_id, values) if values else there
    return RowResult(row.delivery_id, RowStatus.OK, str(party["id"]), fields=told(party))


def lookup(row: WriteRow, parties: Parties) -> list[Found]:
    """The parties that belong to a row: by our id, else by the e-mail address in any case of letters."""
    code = f"{PREFIX}{row.customer_id}"
    found, _ = parties.found([ANY_STATE, ["identifiers.code", "=", code]], size=3)
    email = str(row.fields.get("email") or "")
    if not found and email:
        # To a search for likeness an underscore is any letter: what it finds is looked at once more.
        of = ["contact_mechanisms", "where", [["type", "=", "email"], ["value", "ilike", email]]]
        alike, _ = parties.found([of], size=20)
        found = [party for party in alike if _has(party, email)]
    return [Found(str(party["id"]), told(party)) for party in found]


def told(party: Any) -> dict[str, Any]:
    """What a party holds, named as in a row."""
    ids = [str(one["code"]).removeprefix(PREFIX) for one in party["identifiers"] if _is_ours(one)]
    contacts = {field: _contact(party, kinds) for field, kinds in _KINDS.items()}
    values = {field: one["value"] if one else None for field, one in contacts.items()}
    return {"hub_id": ids[0] if ids else None, "name": party["name"], **values}


def _values(changed: Mapping[str, Any], there: Any) -> dict[str, Any]:
    """What to write: fields of the party itself, and orders to create, write or delete what belongs to it."""
    values: dict[str, Any] = {}
    if "name" in changed:
        values["name"] = changed["name"]
    orders = [
        order
        for field, kinds in _KINDS.items()
        if field in changed and (order := _order(changed[field], kinds, there))
    ]
    if orders:
        values["contact_mechanisms"] = orders
    held = {one["code"] for one in there.get("identifiers", ()) if _is_ours(one)}
    if changed.get("hub_id") and f"{PREFIX}{changed['hub_id']}" not in held:
        values["identifiers"] = [["create", [{"code": f"{PREFIX}{changed['hub_id']}"}]]]
    return values


def _order(value: Any, kinds: tuple[str, ...], there: Any) -> list[Any]:
    one = _contact(there, kinds) if there else None
    if one is None:
        return ["create", [{"type": kinds[0], "value": value}]] if value else []
    return ["write", [one["id"]], {"value": value}] if value else ["delete", [one["id"]]]


def _contact(party: Any, kinds: tuple[str, ...]) -> Any:
    """The first contact of such a kind, as Tryton orders them; a person sees it first, too."""
    return next((one for one in party["contact_mechanisms"] if one["type"] in kinds), None)


def _has(party: Any, email: str) -> bool:
    mails = [one["value"] for one in party["contact_mechanisms"] if one["type"] == "email"]
    return email.casefold() in [str(mail).casefold() for mail in mails]


def _is_ours(identifier: Any) -> bool:
    return not identifier["type"] and str(identifier["code"]).startswith(PREFIX)


def _removed(row: WriteRow, parties: Parties) -> RowResult:
    assert row.remote_id is not None, "what was never there is not taken out"
    try:
        if row.op == "archive":
            parties.change(row.remote_id, {"active": False})
        else:
            parties.delete(row.remote_id)
    except Refused as refused:
        if refused.status != 404:
            raise
    return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)
