"""OAuth 2 tokens that change by themselves: renewed under a lock, and on disk before they are used.

Kept in the connection's secrets: `oauth2`, JSON {access, refresh, ends, from}; `from` tells which configured grant they
come from, so that a new consent replaces what came of the old one. `oauth2.lock` says who is renewing and until when.
"""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from hub.contract import Http, Secrets, StopSignal
from hub.errors import AuthRefused, BadAnswer, Cancelled, Refused, Unreachable
from hub.models import Json
from hub.rest.auth import ClientCredentials, RefreshToken

KEPT, LOCK = "oauth2", "oauth2.lock"
#: A token that ends within this time is renewed before it is used.
MARGIN = timedelta(seconds=60)
#: A renewal takes no longer; after that its lock is taken for left behind.
LONGEST = timedelta(seconds=120)
_HINT = "Grant access again: `hub connect grant CONNECTION`, or put a new refresh token into its settings."


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was granted."""

    access: str = ""
    refresh: str = ""
    #: Epoch seconds; 0 when the vendor did not say.
    ends: float = 0.0
    #: Which configured grant this comes from.
    origin: str = ""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """What was kept; nothing when there is nothing."""
        if not text:
            return cls()
        kept = orjson.loads(text)
        return cls(kept["access"], kept["refresh"], kept["ends"], kept["from"])

    def text(self) -> str:
        """As it is kept."""
        kept = {"access": self.access, "refresh": self.refresh, "ends": self.ends, "from": self.origin}
        return orjson.dumps(kept).decode()

    def __repr__(self) -> str:
        return "Tokens(***)"


class OAuthSigner:
    """Access tokens for one connection. `spec` is filled with the settings, its token_url whole."""

    def __init__(
        self,
        spec: ClientCredentials | RefreshToken,
        http: Http,
        secrets: Secrets,
        stopping: StopSignal,
        where: str,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spec = spec
        self._http = http
        self._secrets = secrets
        self._stopping = stopping
        self._where = where
        self._clock = clock
        self._sleep = sleep
        first = spec.refresh_token if isinstance(spec, RefreshToken) else spec.client_id
        self._origin = hashlib.sha256(first.encode()).hexdigest()[:16] if first else ""
        self._used = ""

    def headers(self, method: str, url: str, content: bytes) -> Mapping[str, str]:
        """The header with an access token that is good for a while. Raises AuthRefused HUB-4630, HUB-4632."""
        tokens = self._kept()
        if not self._is_good(tokens):
            tokens = self._renewed(tokens.access)
        self._used = tokens.access
        if self._spec.header is not None:
            return {self._spec.header: tokens.access}
        return {"Authorization": f"{self._spec.scheme} {tokens.access}"}

    def renew(self) -> bool:
        """The token in use was refused: a new one is there, made by us or by somebody faster."""
        self._renewed(self._used)
        return True

    def _kept(self) -> Tokens:
        tokens = Tokens.read(self._secrets.get(KEPT))
        # An empty origin: consent was given in the browser, and nothing is configured that could replace it.
        return tokens if not self._origin or tokens.origin == self._origin else Tokens()

    def _is_good(self, tokens: Tokens) -> bool:
        return bool(tokens.access) and (
            not tokens.ends or tokens.ends - MARGIN.total_seconds() > self._clock()
        )

    def _renewed(self, refused: str) -> Tokens:
        """New tokens. refused: the access token that is no good; when another is there by now, that one is taken."""
        with self._locked():
            tokens = self._kept()
            if tokens.access != refused and self._is_good(tokens):
                return tokens
            made = self._asked(tokens)
            self._keep(made)
            return made

    def _keep(self, made: Tokens) -> None:
        """Persisted before use: a refresh token that was replaced works only once."""
        while True:
            there = self._secrets.get(KEPT)
            if self._secrets.swap(KEPT, there, made.text()):
                return

    def take(self, grant: Mapping[str, str]) -> None:
        """Tokens for a grant that a person has just given; they replace what was there."""
        with self._locked():
            self._keep(self._exchanged(dict(grant), Tokens()))

    def _asked(self, tokens: Tokens) -> Tokens:
        return self._exchanged(self._grant(tokens), tokens)

    def _exchanged(self, form: dict[str, str], before: Tokens) -> Tokens:
        """What the vendor gives for a grant."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._spec.client_auth == "basic":
            headers["Authorization"] = basic(self._spec.client_id, self._spec.client_secret)
        else:
            form |= {"client_id": self._spec.client_id, "client_secret": self._spec.client_secret}
        form = {name: value for name, value in form.items() if value} | dict(self._spec.params)
        try:
            # To ask twice for a token of one's own does no harm; a refresh token may be good for one answer only.
            again = isinstance(self._spec, ClientCredentials)
            content = urlencode(form).encode()
            answer = self._http.request(
                "POST", self._spec.token_url, content=content, headers=headers, idempotent=again
            )
        except (AuthRefused, Refused) as error:
            said = f"the vendor does not give access: {error.message}"
            raise AuthRefused("HUB-4630", said, where=self._where, hint=_HINT) from None
        if word := _refusal(answer.body):
            said = f"the vendor does not give access: {word}"
            raise AuthRefused("HUB-4630", said, where=self._where, hint=_HINT)
        return tokens_of(answer.body, replace(before, origin=self._origin), self._clock(), self._where)

    def _grant(self, tokens: Tokens) -> dict[str, str]:
        scope = " ".join(self._spec.scopes)
        if isinstance(self._spec, ClientCredentials):
            return {"grant_type": "client_credentials", "scope": scope}
        refresh = tokens.refresh or self._spec.refresh_token
        if not refresh:
            raise AuthRefused("HUB-4632", "no access was granted yet", where=self._where, hint=_HINT)
        return {"grant_type": "refresh_token", "refresh_token": refresh}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one renews at a time, in whatever process: vendors take two uses of a refresh token for theft."""
        mine = self._take()
        try:
            yield
        finally:
            self._secrets.swap(LOCK, mine, "")

    def _take(self) -> str:
        patience = self._clock() + LONGEST.total_seconds()
        while True:
            there = self._secrets.get(LOCK)
            is_free = not there or float(there.partition(" ")[0]) < self._clock()
            mine = f"{self._clock() + LONGEST.total_seconds()} {uuid4().hex}"
            if is_free and self._secrets.swap(LOCK, there, mine):
                return mine
            if self._stopping():
                raise Cancelled("HUB-4099", "asked to stop while waiting for a token", where=self._where)
            if self._clock() > patience:
                raise Unreachable(
                    "HUB-4633", "another process renews the access and does not end", where=self._where
                )
            self._sleep(0.1)


def _refusal(body: Json) -> str:
    """The word of a refusal that comes as a good answer (Zoho: invalid_code); empty when it is none."""
    word = body.get("error") if isinstance(body, dict) else None
    return word if isinstance(word, str) and word.startswith("invalid_") and word.isidentifier() else ""


def tokens_of(body: Json, before: Tokens, now: float, where: str) -> Tokens:
    """The tokens of a vendor's answer; a refresh token that it does not replace stays. Raises BadAnswer HUB-4631."""
    access = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(access, str) or not access:
        raise BadAnswer("HUB-4631", "the vendor answered without an access token", where=where)
    lasts = body.get("expires_in")
    try:
        ends = now + float(lasts) if lasts else 0.0
    except (TypeError, ValueError):
        ends = 0.0
    return replace(before, access=access, refresh=str(body.get("refresh_token") or before.refresh), ends=ends)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
