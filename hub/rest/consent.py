"""OAuth 2 consent: a person grants access in the browser, the vendor sends them back to this machine with a code.

consent = connector.consent(context)
consent.address(redirect)        # where the person goes
consent.finish(query, redirect)  # with what the vendor sent them back with: tokens are kept
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlencode, urljoin, urlsplit

import orjson

from hub.errors import AuthRefused
from hub.http.redact import reason_of
from hub.rest.auth import RefreshToken
from hub.rest.tokens import OAuthSigner


class Consent:
    """One consent. `spec` is filled with the settings."""

    def __init__(self, spec: RefreshToken, signer: OAuthSigner, base_url: str, where: str) -> None:
        self._spec = spec
        self._signer = signer
        self._base_url = base_url
        self._where = where
        self._state = secrets.token_urlsafe(24)
        self._verifier = secrets.token_urlsafe(48)

    def address(self, redirect: str) -> str:
        """Where the person goes. redirect: the address that the vendor sends them back to."""
        spec = self._spec
        query = {
            "response_type": "code",
            "client_id": spec.client_id,
            "redirect_uri": redirect,
            "state": self._state,
            "scope": " ".join(spec.scopes),
        }
        if spec.pkce:
            digest = hashlib.sha256(self._verifier.encode()).digest()
            challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        query |= spec.authorize_params
        url = urljoin(f"{self._base_url}/", spec.authorize_url)
        joint = "&" if urlsplit(url).query else "?"
        return f"{url}{joint}{urlencode({name: value for name, value in query.items() if value})}"

    def finish(self, query: Mapping[str, str], redirect: str) -> None:
        """Exchanges the code for tokens and keeps them.

        Raises AuthRefused HUB-4634 when the person or the vendor said no, or when the answer is to another question;
        HUB-4630 when the vendor does not take the code; BadAnswer HUB-4631.
        """
        if not compare_digest(query.get("state", "").encode(), self._state.encode()):
            raise self._refused("what came back does not belong to this request")
        if not query.get("code"):
            raise self._refused(f"access was not granted ({_word(query.get('error', ''))})")
        grant = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": redirect}
        if self._spec.pkce:
            grant["code_verifier"] = self._verifier
        self._signer.take(grant)

    def _refused(self, why: str) -> AuthRefused:
        return AuthRefused(
            "HUB-4634", why, where=self._where, hint="Try again: `hub connect grant CONNECTION`."
        )


def _word(text: str) -> str:
    """A vendor's machine word, never its sentence."""
    return reason_of(orjson.dumps({"error": text})) or "no reason is given"
