"""Invented values in place of real ones, each in the shape of the one it replaces; the same for the same.

What is kept as it is: keys, true, false, null, times (but not birthdays), small numbers, and words of the protocol
(`status`, `type`, `currency`, …). Everything else is replaced: what is not known to be harmless may be somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from hub.http import Redactor
from hub.models import Json

#: Ids are counted from here, in the order of the real ones.
FIRST_ID = 1001
_ID_NAME = re.compile(r"(^|_)id$|Id$|^(number|key|uuid|gid|after|before|since_id)$")
_SECRET_NAME = re.compile(r"token|secret|passw|api_?key|signature|authorization|session", re.IGNORECASE)
_PLAIN_NAME = re.compile(
    r"^(code|status|state|type|kind|object|event|role|currency|country(_code)?|locale|language|order(_?by)?|sort(_?by)?"
    r"|page|per_?page|limit|offset|count|total(_?pages)?|has_?more|include|fields|rel|method|channel|priority|via)$"
)
_PERSONAL_NAME = re.compile(r"birth|dob|ssn|tax|iban|card|latitude|longitude|\blat\b|\blng\b", re.IGNORECASE)
_PHONE_NAME = re.compile(r"phone|mobile|fax|(^|_)tel|whatsapp", re.IGNORECASE)
_NAME_NAME = re.compile(
    r"name$|^(first|last|given|family|surname|nickname|contact|company|city)", re.IGNORECASE
)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d([T ][\d:.]{5,15}(Z|[+-]\d\d:?\d\d)?)?$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE = re.compile(r"^\+?[\d ().-]{7,20}$")
_URL = re.compile(r"^https?://", re.IGNORECASE)
_WORD = re.compile(r"^[A-Za-z][A-Za-z0-9_.:/-]{0,40}$")
_NUMBER = re.compile(r"^-?\d{1,6}(\.\d{1,4})?$")
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f-]{27}$", re.IGNORECASE)
_GIVEN = ("Ada", "Ben", "Chidi", "Dana", "Emre", "Fay", "Goran", "Hana", "Ira", "Jo")
#: Numbers from here on may be somebody's; smaller ones count, and times in seconds are times.
_LARGE = 1_000_000
#: A number that is as large as an id and equal to one is that id, whatever its field is called.
_NO_CHANCE = 10_000
_EPOCHS = ((1_000_000_000, 2_200_000_000), (1_000_000_000_000, 2_200_000_000_000))


def is_secret_name(name: str) -> bool:
    """Whether a field or parameter of that name holds a secret."""
    return bool(_SECRET_NAME.search(name))


class Inventor:
    """Replaces the values of one recording."""

    def __init__(self, secrets: Iterable[str], host: str, base: str) -> None:
        """host: `https://vendor.example` as it is written in links; base: what stands for it."""
        self._redactor = Redactor(secrets)
        self._host, self._base = host, base
        self._seen: dict[tuple[str, str], str] = {}
        self._ids: set[int] = set()
        self._rank: dict[int, int] = {}

    def learn(self, body: Json) -> None:
        """Look for ids, so that the invented ones keep their order."""
        self._collect("", body)
        self._rank = {number: FIRST_ID + place for place, number in enumerate(sorted(self._ids))}

    def _collect(self, name: str, value: Json) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._collect(str(key), item)
        elif isinstance(value, list):
            for item in value:
                self._collect(name, item)
        elif _ID_NAME.search(name) and str(value).isdigit():
            self._ids.add(int(value))

    def value(self, name: str, value: Json) -> Json:
        """The value of a field, invented."""
        if isinstance(value, dict):
            return {self._key(str(key)): self.value(str(key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._numeric(name, value)
        return self._text(name, str(value))

    def query(self, query: Mapping[str, str]) -> dict[str, str]:
        """Parameters, invented; those that hold a secret are left out, as whoever plays it back has others."""
        return {name: self._text(name, value) for name, value in query.items() if not is_secret_name(name)}

    def path(self, path: str) -> str:
        """A path whose ids are invented."""
        return "/".join(self._piece(piece) for piece in path.split("/"))

    def link(self, header: str) -> str:
        """A header, with the links in it invented."""
        return re.sub(r"<([^>]*)>", lambda found: f"<{self._url(found[1])}>", header)

    # --- one value -----------------------------------------------------------------------------------------------------

    def _numeric(self, name: str, value: int | float) -> Json:
        if isinstance(value, int) and self._is_id(name, value):
            return self._rank[value]
        is_time = any(low <= value <= high for low, high in _EPOCHS)
        if _PERSONAL_NAME.search(name) or (abs(value) >= _LARGE and not is_time):
            return int(self._invent("number", str(value), "{}", FIRST_ID))
        return value

    def _is_id(self, name: str, number: int) -> bool:
        """A number that is an id somewhere is one here by its name, or when it is too large for chance."""
        return number in self._rank and (bool(_ID_NAME.search(name)) or number >= _NO_CHANCE)

    def _text(self, name: str, text: str) -> str:
        if not text:
            return text
        if is_secret_name(name) or self._redactor.text(text) != text:
            return self._invent("secret", text, "invented-{}")
        if _URL.match(text):
            return self._url(text)
        if text.isdigit() and self._is_id(name, int(text)):
            return str(self._rank[int(text)])
        if _EMAIL.match(text):
            return self._invent("email", text.lower(), "person{}@example.com")
        if _PERSONAL_NAME.search(name) and _TIME.match(text):
            return "1980-01-01"
        if _PHONE_NAME.search(name):
            return self._phone(text)
        if not _PERSONAL_NAME.search(name) and self._is_plain(name, text):
            return text
        if _NAME_NAME.search(name):
            return self._name(text)
        return self._free(text)

    def _is_plain(self, name: str, text: str) -> bool:
        is_word = bool(_PLAIN_NAME.match(name) and _WORD.match(text))
        return is_word or text in ("true", "false") or bool(_TIME.match(text) or _NUMBER.match(text))

    def _name(self, text: str) -> str:
        number = int(self._invent("name", text, "{}"))
        given = _GIVEN[number % len(_GIVEN)]
        return f"{given} Example{number}" if " " in text.strip() else f"{given}{number}"

    def _free(self, text: str) -> str:
        if _UUID.match(text):
            return self._invent("uuid", text, "00000000-0000-4000-8000-{:012}")
        if _PHONE.match(text):
            return self._phone(text)
        if " " in text.strip():
            return self._invent("text", text, "invented text {}")
        return self._invent("word", text, "invented-{}")

    def _phone(self, text: str) -> str:
        """Of the hundred numbers that nobody can have."""
        return f"+1 202 555 01{int(self._invent('phone', text, '{}', 0)) % 100:02}"

    def _url(self, text: str) -> str:
        """An address keeps its way and its parameters, invented; a host that is not the vendor's becomes an example."""
        parts = urlsplit(text)
        host = self._base if text.lower().startswith(self._host.lower()) else "https://www.example.com"
        query = urlencode(self.query(dict(parse_qsl(parts.query, keep_blank_values=True))))
        return host + self.path(parts.path) + (f"?{query}" if query else "")

    def _piece(self, piece: str) -> str:
        if piece.isdigit() and int(piece) in self._rank:
            return str(self._rank[int(piece)])
        if (
            re.fullmatch(r"[A-Za-z_][A-Za-z_.-]{0,40}|v?\d{1,2}(\.\d+)*|[A-Za-z_]+\.json|\d{4}-\d\d", piece)
            or not piece
        ):
            return piece
        stem, mark, ending = piece.rpartition(".json")
        return self._piece(stem) + mark if mark and not ending else self._free(piece)

    def _key(self, key: str) -> str:
        """Keys are the vendor's words, unless somebody uses people as keys."""
        plain = re.fullmatch(r"[A-Za-z_$][\w.:$-]{0,60}", key)
        return key if plain else self._invent("key", key, "key{}")

    def _invent(self, kind: str, real: str, shape: str, start: int = 1) -> str:
        place = (kind, real)
        if place not in self._seen:
            number = start + sum(1 for known, _ in self._seen if known == kind)
            self._seen[place] = shape.format(number)
        return self._seen[place]
