"""The receiver of form posts: checks who may post, refuses what cannot be kept, hands over a page of one record."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, SecretStr

from connectors.webform.body import Posted, Unreadable, kind_of, read
from connectors.webform.config import WebformConfig
from connectors.webform.page import form_page, refusal_page, thanks_page
from connectors.webform.submission import Unkeepable, is_blank, is_robot, submission
from hub import (
    SCHEMES,
    Capabilities,
    CheckResult,
    Connector,
    Context,
    Page,
    Received,
    Request,
    Stream,
    is_fresh,
    is_signed,
)

STANDARD = SCHEMES["standard"]
_ID = re.compile(r"[!-~]{1,256}", re.ASCII)


class Webform(Connector):
    """Forms on web sites, and programs that send signed JSON."""

    name: ClassVar[str] = "webform"
    title: ClassVar[str] = "Web forms and webhooks"
    Config: ClassVar[type[BaseModel]] = WebformConfig
    capabilities: ClassVar[Capabilities] = Capabilities(receiver=True)
    config: WebformConfig

    def check(self, context: Context) -> CheckResult:
        """Nothing to log in to: tells who may post."""
        config = self.config
        programs = "anybody" if config.allow_unsigned else "signed" if self._secrets else "nobody"
        sites = "the hub's own page" if config.page else "none"
        return CheckResult(
            f"ready for posts at /in/{context.connection}",
            {"programs": programs, "sites": ", ".join(config.allowed_origins) or sites},
        )

    def streams(self) -> Sequence[Stream]:
        """One: what was sent."""
        description = "Form posts and signed JSON, as they arrived"
        return [Stream("submissions", "interaction", "id", append_only=True, description=description)]

    def receive(self, request: Request, context: Context) -> Received:
        """A post becomes a page of one record; a GET shows the form, or the thanks after sending.

        Refusals are answers, not errors: 401 HUB-4207 to 4209 for signatures, 403 HUB-4212 for sites that may not
        post, 400 HUB-4210, 415 HUB-4213 and 422 HUB-4211 for bodies.
        """
        if request.method != "POST":
            return self._shown(request, context.connection)
        refused = self._refused(request)
        if refused is not None:
            return refused
        content_type = request.headers.get("content-type", "")
        try:
            posted = read(kind_of(content_type), content_type, request.body)
        except Unreadable as error:
            return self._refusal(request, 400, "HUB-4210", f"the body cannot be read: {error}")
        return self._taken(request, posted, context)

    # --- who may post ----------------------------------------------------------------------------------------------

    @property
    def _secrets(self) -> list[SecretStr]:
        both = (self.config.signing_secret, self.config.previous_signing_secret)
        return [secret for secret in both if secret is not None]

    def _refused(self, request: Request) -> Received | None:
        """The refusal of a post that may not be here, before anything of it is read."""
        headers = request.headers
        kind = kind_of(headers.get("content-type", ""))
        if not kind:
            return self._refusal(request, 415, "HUB-4213", "send a form, multipart or JSON")
        if "webhook-id" in headers and not _ID.fullmatch(headers["webhook-id"]):
            return self._refusal(request, 400, "HUB-4210", "the webhook-id cannot be one")
        if self._secrets and STANDARD.header in headers:
            return self._badly_signed(request)
        if self.config.allow_unsigned:
            return None
        if kind == "json":
            return self._refusal(
                request, 401, "HUB-4207", "JSON must be signed with the secret of this connection"
            )
        if not self._is_allowed_site(headers.get("origin", ""), headers.get("host", "")):
            return self._refusal(request, 403, "HUB-4212", "forms of this site may not post here")
        return None

    def _badly_signed(self, request: Request) -> Received | None:
        if not is_fresh(STANDARD, request):
            return self._refusal(request, 401, "HUB-4209", "the timestamp is missing or too far from now")
        if not is_signed(STANDARD, request, self._secrets):
            return self._refusal(request, 401, "HUB-4208", "the signature does not fit")
        return None

    def _is_allowed_site(self, origin: str, host: str) -> bool:
        """Whether a browser says the form is on an allowed site, or on the hub's own page."""
        allowed = self.config.allowed_origins
        if "*" in allowed:
            return True
        origin = origin.lower()
        own = (
            self.config.page
            and bool(host)
            and origin in (f"https://{host.lower()}", f"http://{host.lower()}")
        )
        return own or origin in allowed

    # --- answers ---------------------------------------------------------------------------------------------------

    def _taken(self, request: Request, posted: Posted, context: Context) -> Received:
        config = self.config
        signed = bool(self._secrets) and STANDARD.header in request.headers
        if is_robot(posted.fields, config.honeypot):
            context.log.info(
                "a robot's form post was dropped", extra={"action": "webform.honeypot", "form": config.form}
            )
            return self._thanks(request)
        try:
            record = submission(request, posted, config, signed=signed)
        except Unkeepable:
            return self._refusal(request, 400, "HUB-4210", "the body holds something that cannot be stored")
        if is_blank(record["fields"]) and not posted.files:
            return self._refusal(request, 422, "HUB-4211", "nothing was filled in")
        return replace(self._thanks(request), page=Page("submissions", [record]))

    def _thanks(self, request: Request) -> Received:
        if _is_browser(request):
            return Received(None, 303, location=self.config.thanks_url or "?sent=1")
        return Received(None, 202, json.dumps({"status": "accepted"}))

    def _shown(self, request: Request, connection: str) -> Received:
        if request.query.get("sent") == "1":
            return Received(None, 200, thanks_page(self.config), "text/html")
        if self.config.page:
            return Received(None, 200, form_page(self.config, connection), "text/html")
        return Received(None, 404, _error("HUB-4201", "not found"))

    def _refusal(self, request: Request, status: int, code: str, message: str) -> Received:
        if _is_browser(request):
            return Received(None, status, refusal_page(self.config, f"{message} ({code})"), "text/html")
        return Received(None, status, _error(code, message))


def _is_browser(request: Request) -> bool:
    return (
        "text/html" in request.headers.get("accept", "")
        and kind_of(request.headers.get("content-type", "")) != "json"
    )


def _error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message}})
