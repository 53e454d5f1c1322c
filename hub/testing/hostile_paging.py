"""The ways in which vendors hand out a long list. All take `limit` (100), `since` and `until`; `page` and `offset` also
`sort` (`updated_at` or `id`): the others have an order of their own.

style        what is asked          what tells of the next page
page         page=2                 {"data": […], "page": 2, "pages": 9, "total": 850}
offset       offset=100             {"data": […], "total": 850}
cursor       after=OPAQUE           {"data": […], "meta": {"after": OPAQUE, "has_more": true}}
link_header  (the link)             a bare list, and `Link: <…>; rel="next"`
json_link    (the link)             {"data": […], "links": {"next": "https://…"}}
keyset       after_id=100           a page that is shorter than `limit` is the last; sorted by id
single       nothing                everything at once
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile_records import Place, Table

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
#: Most records of a page.
LARGEST = 1000


class _Keys(Sequence[str]):
    """Ids as keys, made only when somebody asks."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: Any) -> Any:
        return str(self._ids[index])


class Request:
    """What one request of a listing asks for."""

    def __init__(self, table: Table, asked: Asked, url: str, endless: bool) -> None:
        query = asked.query
        self.table, self.query, self.endless = table, query, endless
        self.limit = min(max(int(query.get("limit", "100")), 1), LARGEST)
        self.address = url + asked.path
        places = table.changed(query.get("since", ""), query.get("until", ""))
        self.places: Sequence[Place] = places
        if query.get("sort") == "id":
            self.places = sorted(places, key=lambda place: place[1])

    def ids(self, start: int, count: int | None = None) -> list[int]:
        """Ids of a slice of the list."""
        end = None if count is None else start + count
        return [number for _, number in self.places[start:end]]

    def link(self, **more: str | int) -> str:
        """The same address with other parameters."""
        return f"{self.address}?{urlencode({**self.query, **more})}"

    def answer(self, ids: list[int], headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        """`{"data": […], …}`."""
        rest = orjson.dumps(more)[1:] if more else b"}"
        body = b'{"data":' + self.table.text(ids) + (b"," if more else b"") + rest
        return Answer(200, body, {**_JSON, **(headers or {})}, keys=_Keys(ids))


def _page(asked: Request) -> Answer:
    number, total = max(int(asked.query.get("page", "1")), 1), len(asked.places)
    pages = -(-total // asked.limit)
    if asked.endless:
        return asked.answer(asked.ids(0, asked.limit), page=number, pages=number + 1, total=total)
    ids = asked.ids((number - 1) * asked.limit, asked.limit)
    return asked.answer(ids, page=number, pages=pages, total=total)


def _offset(asked: Request) -> Answer:
    offset = 0 if asked.endless else max(int(asked.query.get("offset", "0")), 0)
    return asked.answer(asked.ids(offset, asked.limit), total=10**9 if asked.endless else len(asked.places))


def _cursor(asked: Request) -> Answer:
    ids, after = _behind_the_cursor(asked)
    return asked.answer(ids, meta={"after": after, "has_more": after is not None})


def _json_link(asked: Request) -> Answer:
    ids, after = _behind_the_cursor(asked)
    return asked.answer(ids, links={"next": asked.link(after=after) if after else None})


def _link_header(asked: Request) -> Answer:
    ids, after = _behind_the_cursor(asked)
    headers = {**_JSON, **({"Link": f'<{asked.link(after=after)}>; rel="next"'} if after else {})}
    return Answer(200, asked.table.text(ids), headers, keys=_Keys(ids))


def _keyset(asked: Request) -> Answer:
    after = 0 if asked.endless else int(asked.query.get("after_id", "0"))
    start = asked.table.after_id(after)
    return asked.answer(asked.table.ids[start : start + asked.limit])


def _single(asked: Request) -> Answer:
    return asked.answer(asked.ids(0))


#: By name, as it stands in the address.
STYLES: dict[str, Callable[[Request], Answer]] = {
    "page": _page,
    "offset": _offset,
    "cursor": _cursor,
    "link_header": _link_header,
    "json_link": _json_link,
    "keyset": _keyset,
    "single": _single,
}


def listing(style: str, table: Table, asked: Asked, url: str, *, endless: bool = False) -> Answer:
    """One page of a table, in one style; 400 for parameters that are wrong."""
    try:
        return STYLES[style](Request(table, asked, url, endless))
    except (ValueError, KeyError):
        return Answer.json({"error": "invalid_parameter"}, 400)


def _behind_the_cursor(asked: Request) -> tuple[list[int], str | None]:
    """Ids of the page, and the cursor of the next; None when this is the last."""
    told = asked.query.get("after", "")
    if asked.endless:
        return asked.ids(0, asked.limit), _opaque(("endless", _number(told) + 1))
    place = _place(told) if told else ("", -1)
    start = bisect_right(asked.places, place)
    ids = asked.ids(start, asked.limit)
    if start + len(ids) >= len(asked.places):
        return ids, None
    return ids, _opaque(asked.places[start + len(ids) - 1])


def _opaque(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}|{place[1]}".encode()).decode()


def _place(text: str) -> Place:
    moment, _, number = base64.urlsafe_b64decode(text).decode().partition("|")
    return moment, int(number)


def _number(text: str) -> int:
    return _place(text)[1] if text else 0
