"""OAuth access tokens for XOAUTH2, which Exchange Online and Gmail want instead of a password."""

from __future__ import annotations

from urllib.parse import urlencode

from hub import AuthRefused, Context, HubError, MissingScope

from .config import EmailConfig

#: Name under which a refresh token that the provider replaced is kept.
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a name


def access_token(config: EmailConfig, context: Context) -> str | None:
    """A token to log in with, or None when the connection uses a password. Raises AuthRefused HUB-4107."""
    if config.oauth_refresh_token is None:
        return config.oauth_token.get_secret_value() if config.oauth_token else None
    stored = context.secrets.get(REFRESH_TOKEN)
    refresh = stored or config.oauth_refresh_token.get_secret_value()
    answer = _ask(config, context, refresh)
    renewed = answer.get("refresh_token")
    if isinstance(renewed, str) and renewed and renewed != refresh:
        context.secrets.swap(REFRESH_TOKEN, stored, renewed)  # kept before anything is done with it
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise AuthRefused("HUB-4107", "the token endpoint gave no access token", where=config.oauth_token_url)
    return token


def _ask(config: EmailConfig, context: Context, refresh: str) -> dict[str, object]:
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": config.oauth_client_id}
    if config.oauth_client_secret:
        form["client_secret"] = config.oauth_client_secret.get_secret_value()
    try:
        answer = context.http.request(
            "POST", config.oauth_token_url, content=urlencode(form).encode(), idempotent=True,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )  # fmt: skip
    except HubError as error:
        # a token endpoint refuses with 400 (RFC 6749), or with 401 and 403
        if isinstance(error, AuthRefused | MissingScope) or error.code == "HUB-4009":
            raise _refused(config) from None  # the cause may hold the request
        raise
    return answer.body if isinstance(answer.body, dict) else {}


def _refused(config: EmailConfig) -> AuthRefused:
    return AuthRefused(
        "HUB-4107", "the provider does not renew the access to this mailbox", where=config.oauth_token_url,
        hint="Grant the access again and store the new refresh token; see the connector's README.",
    )  # fmt: skip
