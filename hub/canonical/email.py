"""E-mail addresses: lower-case, the domain in ASCII. Provider rules (dots, +tags) are identity's business, not ours."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import idna

from hub.canonical.bad_value import BadValue
from hub.canonical.text import WITHOUT_INVISIBLE, is_blank

_LONGEST = 254  # characters of an address (RFC 5321 with its errata)
_LONGEST_LOCAL = 64
_LONGEST_INPUT = 2_000  # with display name or mailto:

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
_PLAIN = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_DOMAIN}")
_DOMAIN_ONLY = re.compile(_DOMAIN)
#: What may not stand in a local part: blanks, controls, and the signs that structure a header.
_NOT_LOCAL = re.compile(r"[\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]]")
_DISPLAY_NAME = re.compile(r"[^<>]*<([^<>]*)>")


def normalise_email(value: object) -> str | None:
    """The bare address, None when absent. Takes `Name <a@b>`, `mailto:`, unicode domains, full-width signs.

    A dot may stand anywhere in the local part, because some large providers gave such addresses out.
    Raises BadValue HUB-3210 for anything that is not one address.
    """
    if isinstance(value, str):
        text = value.strip().lower()
        if len(text) <= _LONGEST and _PLAIN.fullmatch(text):
            return text
    if is_blank(value):
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_INPUT:
        raise _not_an_address()
    return _checked(_bare(value))


def email_domain(address: str) -> str:
    """The domain of a normalised address."""
    return address.rpartition("@")[2]


def _bare(text: str) -> str:
    """The address inside `Name <a@b>` or `mailto:a@b?subject=…`, folded to lower case."""
    text = unicodedata.normalize("NFKC", text).translate(WITHOUT_INVISIBLE).strip()
    named = _DISPLAY_NAME.fullmatch(text)
    if named:
        text = named[1].strip()
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0])
    text = text.strip(" \t\r\n'\";,").rstrip(".").strip()
    return unicodedata.normalize("NFKC", text.lower()).lower()


def _checked(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not local or len(local) > _LONGEST_LOCAL or _NOT_LOCAL.search(local):
        raise _not_an_address()
    if not domain.isascii():
        domain = _ascii_domain(domain)
    if len(local) + len(domain) >= _LONGEST or not _DOMAIN_ONLY.fullmatch(domain):
        raise _not_an_address()
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise _not_an_address() from None


def _not_an_address() -> BadValue:
    return BadValue("HUB-3210", "expected one e-mail address")
