"""Notices on their way to people: signed JSON, Slack's JSON, e-mail."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape
from typing import Any

import orjson

from hub.contract import HttpOptions, Request
from hub.errors import BadAnswer, DestinationError, HubError, SourceError
from hub.http import Limits, LocalBudget, Ring, open_http
from hub.settings import ChannelSettings, resolve_config
from hub.settings.alerts import CHANNELS, EmailChannel, SlackChannel, WebhookChannel
from hub.signatures import SCHEMES, signed_headers
from hub.store.alerts import Notice

#: Seconds that a receiver has to answer.
TIMEOUT = 10.0
#: One try: the next one is the next look's.
_LIMITS = Limits(attempts=1, max_wait=1, patience=1, connect=TIMEOUT, total=2 * TIMEOUT, max_body=65_536)
_WORDS = {"alert.opened": "Alert", "alert.closed": "Over", "alert.test": "Test"}


def config_of(channel: ChannelSettings) -> WebhookChannel | SlackChannel | EmailChannel:
    """A channel's config, with its secrets. Raises ConfigError with file:line."""
    return resolve_config(channel, CHANNELS[channel.kind])


def deliver(channel: ChannelSettings, notice: Notice) -> None:
    """Tells a channel of something, once. Raises ConfigError, or DestinationError and others of the receiver."""
    config = config_of(channel)
    try:
        if isinstance(config, EmailChannel):
            _mail(config, message_of(config, notice))
        elif isinstance(config, SlackChannel):
            text = text_of(orjson.loads(notice.body))
            body = orjson.dumps({"text": escape(text, quote=False)})
            _post(channel, config.url.get_secret_value(), body, {})
        else:
            _post(channel, config.url.get_secret_value(), *_signed(config, notice))
    except SourceError as error:
        # Connectors' words fit here but for the way it went; the address stays out of what is told.
        raise DestinationError(error.code, error.message, where=channel.where(), hint=error.hint) from None


def trial(channel: str, now: datetime) -> Notice:
    """A notice that says that a channel works."""
    at = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {
        "type": "alert.test", "rule": "test", "connection": "", "message": f"The channel {channel} works.", "since": at,
        "at": at, "detail": {},
    }  # fmt: skip
    return Notice(0, channel, 0, orjson.dumps(body).decode(), 0, at, None, at)


def text_of(told: Mapping[str, Any]) -> str:
    """A notice as a person reads it."""
    where = f" {told['connection']}: {told['rule']}" if told["connection"] else ""
    return f"{_WORDS.get(told['type'], 'Alert')}{where} (since {told['since']})\n{told['message']}"


def notice_id(notice: Notice) -> str:
    """The same for every try of one notice, so that a repetition is known as one."""
    return f"msg_{hashlib.sha256(notice.body.encode()).hexdigest()[:32]}"


# --- HTTP ----------------------------------------------------------------------------------------------------------


def _signed(config: WebhookChannel, notice: Notice) -> tuple[bytes, dict[str, str]]:
    body = notice.body.encode()
    request = Request("POST", "", {}, {}, body, datetime.now(UTC))
    return body, signed_headers(SCHEMES["standard"], request, config.secret, id_=notice_id(notice))


def _post(channel: ChannelSettings, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Posts JSON. Any 2xx is a yes, whatever the answer holds."""
    taken: list[int] = []

    def note(status: int, headers: Mapping[str, str], data: bytes) -> None:
        if 200 <= status < 300:
            taken.append(status)

    options = HttpOptions(base_url=url, timeout=TIMEOUT, trusted_hosts=channel.trusted_hosts, concurrency=1)
    with open_http(
        options,
        connection=f"alerts.channels.{channel.name}",
        budget=LocalBudget(),
        ring=Ring(),
        stopping=lambda: False,
        limits=_LIMITS,
        secrets=[url, *(part for part in url.split("/")[3:] if len(part) >= 4)],
    ) as http:
        sent = {"content-type": "application/json", **headers}
        try:
            http.request("POST", "", content=body, headers=sent, idempotent=True, classify=note)
        except HubError as error:
            if not (taken and isinstance(error, BadAnswer | SourceError)):
                raise


# --- e-mail --------------------------------------------------------------------------------------------------------


def message_of(config: EmailChannel, notice: Notice) -> EmailMessage:
    """A notice as an e-mail."""
    told = orjson.loads(notice.body)
    text = text_of(told)
    message = EmailMessage()
    message["Subject"] = f"Customer Hub: {text.partition(' (since')[0]}"
    message["From"], message["To"] = config.sender, ", ".join(config.to)
    message["Date"] = datetime.fromisoformat(notice.at)
    message["Message-ID"] = f"<{notice_id(notice)}@{config.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{text}\n")
    return message


def _mail(config: EmailChannel, message: EmailMessage) -> None:
    """Raises DestinationError HUB-6040. What the server says is not passed on: it may quote addresses."""
    try:
        with _connected(config) as server:
            if config.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if config.password:
                server.login(config.user, config.password.get_secret_value())
            server.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise _refused("the mail server refused the name or the password") from None
    except smtplib.SMTPResponseException as error:
        raise _refused(f"the mail server answered {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused:
        raise _refused("the mail server refused the addresses") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _refused(f"the mail server could not be spoken to ({type(error).__name__})") from None


def _connected(config: EmailChannel) -> smtplib.SMTP:
    if config.tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(config.host, config.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(config.host, config.port, timeout=TIMEOUT)


def _refused(why: str) -> DestinationError:
    hint = "`hub alerts test CHANNEL` tries again; look at host, port, tls, user and password."
    return DestinationError("HUB-6040", why, hint=hint)
