"""What of an exchange may be kept or shown: its shape and its machine words, never a secret, never a person's data."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

import httpx
import orjson

from hub.models import Json

HIDDEN = "***"
#: Most characters of a body that are kept.
CAP = 2000
#: Bytes of a body that are parsed only to be shown.
PARSED = 524_288

_SECRET_NAME = re.compile(
    r"auth|cookie|token|secret|passw|api.?key|apikey|consumer.?key|access.?key|signature|credential|session|^key$|^sig$",
    re.IGNORECASE,
)
#: Fields and parameters whose text is a word of the protocol, not of a person.
_PLAIN_NAME = re.compile(
    r"^(code|status|state|type|kind|object|event|role|currency|order|order_?by|sort(_?by)?|page|per_?page|limit|offset"
    r"|count|total(_?pages)?|has_?more|version|include|fields|since|until|after|before|start|end|cursor"
    r"|(modified|updated|created|last_updated)_?(at|after|before|since|min|max)?(_gmt)?|date(_\w+)?_gmt)$",
    re.IGNORECASE,
)
_PLAIN_HEADER = re.compile(
    r"^(accept|accept-encoding|content-type|content-length|content-encoding|date|retry-after|server|user-agent|vary"
    r"|link|x-wp-total(pages)?|.*ratelimit.*|.*rate-limit.*|.*request-id|transfer-encoding|connection|etag|age)$",
    re.IGNORECASE,
)
_PLAIN_TEXT = re.compile(
    r"^(\d{4}-\d\d-\d\dT[\d:.]{5,15}(Z|[+-]\d\d:?\d\d)?|-?\d{1,6}(\.\d{1,4})?|true|false)$"
)
_WORD = re.compile(r"^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$")


class Redactor:
    """Knows the secrets of one connection, so that they are found wherever they turn up."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """The text with every known secret hidden."""
        return self._secrets.sub(HIDDEN, text) if self._secrets else text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Only headers known to be harmless show their value."""
        return {
            name: self.text(_link(value) if name.lower() == "link" else value)
            if _PLAIN_HEADER.match(name) and not _SECRET_NAME.search(name)
            else HIDDEN
            for name, value in headers.items()
        }

    def url(self, url: httpx.URL | str) -> str:
        """The address without a user part; parameters and path pieces that may tell of a person are hidden."""
        parsed = httpx.URL(url)
        port = f":{parsed.port}" if parsed.port else ""
        return self.text(f"{parsed.scheme}://{parsed.host}{port}{_path(parsed)}{_query(parsed)}")

    def path(self, url: httpx.URL | str) -> str:
        """Only the path of `url()`: what an error message may name."""
        return self.text(_path(httpx.URL(url)))

    def body(self, data: bytes) -> str:
        """The shape of a body that was not parsed yet."""
        if not data:
            return ""
        try:
            return self.shape(orjson.loads(data)) if len(data) <= PARSED else f"({len(data)} bytes)"
        except orjson.JSONDecodeError:
            return f"({len(data)} bytes, not JSON)"

    def shape(self, parsed: Json) -> str:
        """Keys, numbers of items and machine words as JSON text; every other text is only its length."""
        return "" if parsed is None else self.text(orjson.dumps(_shape("", parsed, 6)).decode())[:CAP]


def reason_of(data: bytes) -> str:
    """The machine word with which a vendor names an error (`invalid_grant`), or an empty text. Never free text."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""
    if isinstance(body, list) and body:
        body = body[0]
    for _ in range(3):
        if not isinstance(body, dict):
            return ""
        for name in ("code", "error", "errorCode", "error_code", "type", "status"):
            word = body.get(name)
            if isinstance(word, str) and _WORD.match(word):
                return word
            if isinstance(word, int) and not isinstance(word, bool) and 0 <= word < 1_000_000:
                return str(word)
        body = body.get("error") or next(iter(_list(body.get("errors"))), None)
    return ""


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), b64encode(secret.encode()).decode().rstrip("=")


def _path(url: httpx.URL) -> str:
    pieces = url.raw_path.partition(b"?")[0].decode("ascii", "replace").split("/")
    return "/".join(piece if _is_plain_piece(unquote(piece)) else HIDDEN for piece in pieces)


def _is_plain_piece(piece: str) -> bool:
    return not piece or bool(
        re.match(r"^[A-Za-z][A-Za-z_.-]{0,40}(v?\d{1,2})?(\.json)?$|^v?\d[\d.-]{0,7}(\.json)?$", piece)
    )


def _query(url: httpx.URL) -> str:
    shown = [f"{name}={_parameter(name, value)}" for name, value in url.params.multi_items()]
    return "?" + "&".join(shown) if shown else ""


def _parameter(name: str, value: str) -> str:
    if _SECRET_NAME.search(name):
        return HIDDEN
    plain = _PLAIN_TEXT.match(value) or (_PLAIN_NAME.match(name) and _WORD.match(value))
    return value if plain else HIDDEN


def _link(value: str) -> str:
    """A Link header whose addresses keep only path and plain parameters."""
    return re.sub(
        r"<([^>]*)>", lambda found: f"<{_path(httpx.URL(found[1]))}{_query(httpx.URL(found[1]))}>", value
    )


def _shape(name: str, value: Json, depth: int) -> Json:
    if isinstance(value, dict):
        if depth == 0:
            return f"object({len(value)})"
        return {_key(key): _shape(str(key), item, depth - 1) for key, item in list(value.items())[:40]}
    if isinstance(value, list):
        if depth == 0 or not value:
            return f"list({len(value)})"
        more = [f"and {len(value) - 1} more"] if len(value) > 1 else []
        return [_shape(name, value[0], depth - 1), *more]
    if value is None or isinstance(value, bool):
        return value
    return _leaf(name, str(value))


def _key(key: object) -> str:
    """Keys are the vendor's words, unless somebody uses people as keys."""
    text = str(key)
    return text if re.match(r"^[A-Za-z_][\w.:-]{0,60}$", text) else HIDDEN


def _leaf(name: str, text: str) -> str:
    if _SECRET_NAME.search(name):
        return HIDDEN
    plain = _PLAIN_TEXT.match(text) or (_PLAIN_NAME.match(name) and _WORD.match(text))
    return text if plain else f"text({len(text)})"
