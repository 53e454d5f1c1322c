"""The demo's visitors: what browsers, a program, a robot and an impatient sender post to the hub's own receiver."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

import orjson

from hub.contract import Request
from hub.signatures import SCHEMES, signed_headers

#: The shop's web site, where the form is.
SITE = "https://tea.example.com"
#: The words beside the box of the form.
WORDING = "Yes, write to me about new teas once a month."


#: form: a browser. program: signed JSON. robot: fills in what people do not see. repeated: sends a second time.
Sender = Literal["form", "program", "robot", "repeated"]


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP post to the receiver."""

    sender: Sender
    headers: Mapping[str, str]
    body: bytes
    #: What the receiver must answer.
    status: int


def new_secret() -> str:
    """A signing secret of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def posts(people: Sequence[Mapping[str, str]], secret: str, now: datetime) -> Iterator[Post]:
    """Everybody's post, every second one through a program; then the robot, and the first signed one once more.

    The receiver accepts signatures for some minutes around `now`.
    """
    signed = [_signed(number, fields, secret, now) for number, fields in enumerate(people) if number % 2]
    yield from (_form("form", number, fields) for number, fields in enumerate(people) if not number % 2)
    yield from signed
    robot = {"name": "SEO Expert", "email": "offers@seo.example.net", "_website": "https://seo.example.net"}
    yield _form("robot", len(people), robot)
    yield from (replace(post, sender="repeated") for post in signed[:1])


def _form(sender: Sender, number: int, fields: Mapping[str, str]) -> Post:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "accept": "text/html,application/xhtml+xml",
        "origin": SITE,
        "referer": f"{SITE}/contact",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }
    return Post(sender, headers, urlencode({"_id": f"shown-{number}", **fields}).encode(), 303)


def _signed(number: int, fields: Mapping[str, str], secret: str, now: datetime) -> Post:
    body, event = orjson.dumps(dict(fields)), f"evt-{number:04d}"
    sent = Request("POST", "/in/contact", {}, {"content-type": "application/json"}, body, now)
    signature = signed_headers(SCHEMES["standard"], sent, secret, id_=event)
    return Post("program", {**sent.headers, **signature}, body, 202)
