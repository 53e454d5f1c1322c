"""The demo's project folder: a Maildir, a form, a shop, a help desk, and a CSV file to write customers to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import orjson

from hub.errors import ConfigError
from hub.models import Json
from hub.settings import add_connection, init_project
from hub.testing.demo_mail import OWN_DOMAIN
from hub.testing.demo_posts import SITE, WORDING
from hub.testing.demo_vendors import DESK_EMAIL, DESK_TOKEN, SHOP_KEY, SHOP_SECRET
from hub.testing.demo_world import DemoWorld

#: The connection that receives the form posts, and the file that customers are written to.
FORM, OUT = "contact-form", "out/customers.csv"
#: Says that a folder is a demo, and where its vendors listen.
_MARK = "demo.json"
_MADE = ("hub.yaml", "identity.yaml", "mappings", "secrets", "mail", "out", "hub.key", ".gitignore", _MARK)


def clear(folder: Path) -> None:
    """Take away what an earlier demo made; a folder that is none must be empty, or not be there.

    Raises ConfigError HUB-9040, and then nothing was touched.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / _MARK).is_file():
        hint = "Name another: `hub demo FOLDER`."
        raise ConfigError("HUB-9040", f"{folder} is there already, and is no demo", hint=hint)
    for path in (*(folder / name for name in _MADE), *folder.glob("hub.db*")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def ports_of(folder: Path) -> dict[str, int]:
    """Where the vendors of a demo listen, by connection. Raises ConfigError HUB-9041 when the folder is no demo."""
    try:
        told = orjson.loads((folder / _MARK).read_bytes())
        return {str(name): int(port) for name, port in told["ports"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        hint = "Make one: `hub demo FOLDER`."
        raise ConfigError("HUB-9041", f"{folder} is no demo", hint=hint) from None


def make(folder: Path, world: DemoWorld, ports: Mapping[str, int], secret: str) -> None:
    """Make the project, but for its mappings: settings, secrets and mail. `secret`: with which programs sign posts.

    Raises ConfigError HUB-1033 when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # First of all: a demo that is interrupted can be made anew.
        (folder / _MARK).write_bytes(orjson.dumps({"ports": dict(ports)}))
        init_project(folder)
        _own_domain(folder / "hub.yaml")
        write_maildir(folder / "mail", world.messages)
    except OSError as error:
        raise ConfigError("HUB-1033", f"{folder} cannot be written: {error.strerror}") from None
    mail = {"kind": "maildir", "path": "mail", "own_domains": [OWN_DOMAIN]}
    shop = _vendor("store_url", ports["shop"], requests_per_second=50)
    shop_secrets = {"consumer_key": SHOP_KEY, "consumer_secret": SHOP_SECRET}
    desk = _vendor("base_url", ports["helpdesk"], email=DESK_EMAIL)
    add_connection(folder, "mailbox", "email", mail)
    add_connection(folder, FORM, "webform", _form(), secrets={"signing_secret": secret})
    add_connection(folder, "shop", "woocommerce", shop, secrets=shop_secrets)
    add_connection(folder, "helpdesk", "zendesk", desk, secrets={"api_token": DESK_TOKEN})
    add_connection(folder, "customers-csv", "tabular", {"out": OUT}, options={"after_sync": True})


def _own_domain(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("own_domains: []", f"own_domains: [{OWN_DOMAIN}]"), encoding="utf-8")


def _form() -> dict[str, Json]:
    box = {"field": "newsletter", "purpose": "newsletter", "wording": WORDING, "policy_version": "2026-07"}
    return {"form": "contact", "allowed_origins": [SITE], "consents": [box]}


def _vendor(field: str, port: int, **more: Json) -> dict[str, Json]:
    return {field: f"http://127.0.0.1:{port}", "trusted_host": True, **more}


def write_maildir(folder: Path, messages: Iterable[EmailMessage]) -> None:
    """A Maildir of these messages, the same files each time."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, message in enumerate(messages):
        sent = int(parsedate_to_datetime(message["Date"]).timestamp())
        (folder / "new" / f"{sent}.{number:05d}.{OWN_DOMAIN}").write_bytes(message.as_bytes())
