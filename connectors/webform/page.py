"""The pages people see: a plain form for trying out, the thanks, and what went wrong. No scripts, one style sheet."""

from __future__ import annotations

from html import escape
from secrets import token_hex

from connectors.webform.config import ConsentBox, WebformConfig

#: (name, label, input type or "textarea", autocomplete)
_INPUTS = (
    ("name", "Name", "text", "name"),
    ("email", "E-mail", "email", "email"),
    ("phone", "Phone (optional)", "tel", "tel"),
    ("company", "Company (optional)", "text", "organization"),
    ("message", "Message", "textarea", "off"),
)
_REQUIRED = frozenset(("email", "message"))


def form_page(config: WebformConfig, connection: str) -> str:
    """The form. Each time it is shown it carries another `_id`, so that a double click is known for what it is."""
    rows = "\n".join(_row(*item) for item in _INPUTS)
    boxes = "\n".join(_box(number, box) for number, box in enumerate(config.consents))
    trap = escape(config.honeypot)
    return _page(
        config.title,
        f"""<form method="post" action="../in/{escape(connection)}" accept-charset="utf-8">
<input type="hidden" name="_id" value="{token_hex(16)}">
{rows}
{boxes}
<div class="aside" aria-hidden="true">
<label for="trap">Leave this empty</label>
<input id="trap" name="{trap}" type="text" tabindex="-1" autocomplete="off">
</div>
<button type="submit">Send</button>
</form>""",
    )


def thanks_page(config: WebformConfig) -> str:
    """What people see after sending."""
    return _page("Thank you", f'<p role="status">Your message has arrived.</p>\n{_back(config)}')


def refusal_page(config: WebformConfig, message: str) -> str:
    """What people see when their post was not taken."""
    return _page("That did not work", f'<p role="alert">{escape(message)}</p>\n{_back(config)}')


def _back(config: WebformConfig) -> str:
    return "" if config.thanks_url else "<p>You may close this page.</p>"


def _row(name: str, label: str, kind: str, autocomplete: str) -> str:
    needed = " required" if name in _REQUIRED else ""
    common = f'id="{name}" name="{name}" autocomplete="{autocomplete}"{needed}'
    control = f"<textarea {common}></textarea>" if kind == "textarea" else f'<input type="{kind}" {common}>'
    return f'<label for="{name}">{label}</label>\n{control}'


def _box(number: int, box: ConsentBox) -> str:
    # Never ticked beforehand: a ticked box that somebody overlooked is no consent.
    return (
        f'<label class="choice" for="consent{number}">'
        f'<input type="checkbox" id="consent{number}" name="{escape(box.field)}" value="yes">'
        f"<span>{escape(box.wording)}</span></label>"
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../static/form.css">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
