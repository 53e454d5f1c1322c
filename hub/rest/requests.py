"""A stream's request with everything filled in but the page."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from hub.models import Json
from hub.rest.paginate import Ask
from hub.rest.paths import put


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked."""

    method: str
    #: Below the base URL, or whole.
    url: str
    params: Mapping[str, Json]
    headers: Mapping[str, str]
    body: dict[str, Any] | None
    #: Where page parameters go.
    pages_in: Literal["query", "body"]

    def with_ask(self, ask: Ask) -> Request:
        """The same for one page."""
        if ask.url is not None:
            return replace(self, url=ask.url, params={})
        if self.pages_in == "query":
            return replace(self, params={**self.params, **ask.send})
        body = copy.deepcopy(self.body or {})
        for path, value in ask.send.items():
            put(body, path, value)
        return replace(self, body=body)
