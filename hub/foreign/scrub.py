"""What other people's programs say, made fit to be shown: they print answers, addresses and records into their logs."""

from __future__ import annotations

import re

from hub.http.redact import HIDDEN, Redactor

#: Most characters of one line that are kept, that are looked at for what a person's data looks like, and for secrets.
LONGEST, LOOKED_AT, READ = 300, 1200, 8192
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    r"(?:https?|postgres(?:ql)?|mysql|redis|mongodb(?:\+srv)?|amqp|ftp)://[^\s\"'<>)]+", re.IGNORECASE
)
#: A value under a name that says what it is, in JSON, in a header, or as an argument.
_NAMED = re.compile(
    r"(?i)((?:(?:token|secret|passw(?:or)?d|api[_-]?key|authorization|cookie|signature|credential)[\w-]*)"
    r"[\"']?\s*[:=]\s*)(?:bearer\s+|basic\s+)?[\"']?[^\s\"',;&}]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
#: Keys and tokens have no spaces and many kinds of characters; words do not.
_TOKEN = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}")
_DIGITS = re.compile(r"\+?\d[\d ().-]{7,}\d")
_TIME = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?")


class Scrub:
    """Knows the secrets of a connection, and what a person's data looks like."""

    def __init__(self, secrets: list[str]) -> None:
        self._secrets = list(secrets)
        self._redactor = Redactor(self._secrets)

    def learn(self, secrets: list[str]) -> None:
        """Secrets that came to be while the program ran."""
        self._secrets += secrets
        self._redactor = Redactor(self._secrets)

    def __call__(self, text: str) -> str:
        """One line without secrets, bodies, addresses of people, long numbers; cut to a length."""
        # Secrets first, in more than is kept: half a secret at a cut would not be known again.
        text = self._redactor.text(" ".join(text[:READ].split()))[:LOOKED_AT]
        time = _TIME.match(text)
        start = time.end() if time else 0
        return (text[:start] + _hidden(text[start:]))[:LONGEST]


def _hidden(text: str) -> str:
    text = _URL.sub(_server, text)
    text = _without_body(text)
    text = _NAMED.sub(rf"\g<1>{HIDDEN}", text)
    text = _BEARER.sub(rf"\g<1> {HIDDEN}", text)
    for pattern in (_ADDRESS, _TOKEN, _DIGITS):
        text = pattern.sub(HIDDEN, text)
    return text


def _without_body(text: str) -> str:
    """The text without an answer or a record that somebody printed into it, whole or cut off."""
    begins = min((at for at in map(text.find, "{[") if at >= 0), default=-1)
    ends = max(map(text.rfind, "}]"))
    if begins < 0:
        return text
    if ends > begins and re.search("[:,]", text[begins:ends]):
        return f"{text[:begins]}{{…}}{text[ends + 1 :]}"
    return f"{text[:begins]}{{…}}" if ends < begins and len(text) - begins > 40 else text


def _server(found: re.Match[str]) -> str:
    """An address without what may tell of a person or open a door: its user, path and parameters."""
    scheme, _, rest = found[0].partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}://{host}/…" if rest != host else found[0]
