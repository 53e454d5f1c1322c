"""Meta as a source: leads of every form of a page, messages of its conversations.

Checkpoint of leads: {"forms": {form: time up to which its leads are read}, "at": {"form", "after"} within one};
of messages: {"platforms": {messenger: time, …}, "at": {"platform", "after", "began"}}.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from hub import (
    BadAnswer,
    Checkpoint,
    Context,
    CursorGone,
    HttpOptions,
    Page,
    Refused,
    RestConnector,
    Selection,
    Session,
    StreamSelection,
)

_LEAD = "created_time,id,ad_id,ad_name,adset_id,campaign_id,form_id,field_data,custom_disclaimer_responses,is_organic,platform"
_TALK = "id,updated_time,link,participants,messages.limit(25){id,created_time,from,to,message}"
#: What is read again each time: Meta tells of a lead late, and its clock is not ours.
_OVERLAP = timedelta(days=1)

State = Mapping[str, Any]


class Meta(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Reads one page; writes nothing there."""

    def http(self) -> HttpOptions:
        """With the proof that whoever has the token has the app's secret too."""
        options = super().http()
        key, token = (str(self.settings[name]).encode() for name in ("app_secret", "token"))
        proof = hmac.digest(key, token, hashlib.sha256).hex()
        return replace(options, params={**options.params, "appsecret_proof": proof})

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """New leads and messages. A run with `since` looks back and moves no cursor."""
        settings = self.settings
        where = f"/{settings['version']}"
        graph = Graph(
            self.session(context), where, int(settings["page_size"]), self._rules(), context.connection
        )
        reading = Reading(graph, str(settings["page_id"]), selection.until, context)
        platforms = ("messenger", "instagram") if settings["instagram"] else ("messenger",)
        for chosen in selection.streams:
            state = {} if chosen.full or chosen.since else checkpoint.stream(chosen.name) or {}
            if chosen.name == "leads":
                pages = reading.leads(state, chosen.since)
            else:
                pages = reading.messages(state, chosen.since, platforms)
            yield from _limited(pages, chosen)

    def _rules(self) -> Any:
        return self._streams["leads"].rules.classify


def _limited(pages: Iterator[Page], chosen: StreamSelection) -> Iterator[Page]:
    seen = 0
    for page in pages:
        seen += len(page.records)
        yield replace(page, checkpoint=None) if chosen.since else page
        if chosen.limit is not None and seen >= chosen.limit:
            return


@dataclass(frozen=True, slots=True)
class Graph:
    """Lists of the Graph API."""

    session: Session
    #: /v26.0
    version: str
    size: int
    classify: Any
    where: str

    def pages(
        self, path: str, params: Mapping[str, Any], after: str | None = None
    ) -> Iterator[tuple[Sequence[Any], str | None]]:
        """Pages of a list, and the cursor behind each; None behind the last. Raises BadAnswer HUB-4670 for half an answer,
        CursorGone HUB-4671 where a cursor of an earlier run is not known any more."""
        seen = {after}
        resumed = after is not None
        while True:
            asked = {**params, "limit": self.size, "after": after}
            try:
                body = self.session.read(
                    "GET", f"{self.version}/{path}", params=asked, classify=self.classify
                ).body
            except Refused as refused:
                if resumed and refused.status == 400:
                    raise CursorGone(
                        "HUB-4671", "Meta does not know where reading stopped", where=self.where
                    ) from None
                raise
            rows, after = self._page(body)
            if after in seen and after is not None:
                raise self._bad("the way to the next page leads back")
            seen.add(after)
            resumed = False
            yield rows, after
            if after is None:
                return

    def _page(self, body: Any) -> tuple[Sequence[Any], str | None]:
        rows = body.get("data") if isinstance(body, dict) and "error" not in body else None
        if not isinstance(rows, list):
            raise self._bad("a list came without its records")
        paging = body.get("paging") or {}
        if not paging.get("next"):  # the last page has a cursor all the same
            return rows, None
        after = (paging.get("cursors") or {}).get("after")
        if not after or not rows:
            raise self._bad("a page says that there are more, and has no records or not what leads there")
        return rows, str(after)

    def _bad(self, what: str) -> BadAnswer:
        hint = "Nothing of it was used; it is asked for again with the next run."
        return BadAnswer("HUB-4670", what, where=self.where, hint=hint)


@dataclass(frozen=True, slots=True)
class Reading:
    """One run over one page."""

    graph: Graph
    page: str
    until: datetime
    context: Context

    def leads(self, state: State, since: datetime | None) -> Iterator[Page]:
        """Leads of each form that are new since it was read."""
        done, at = dict(state.get("forms") or {}), state.get("at") or {}
        for form in self._forms():
            id_ = str(form["id"])
            begin = since or _before(done.get(id_))
            params: dict[str, Any] = {"fields": _LEAD}
            if begin is not None:
                newer = {"field": "time_created", "operator": "GREATER_THAN", "value": int(begin.timestamp())}
                params["filtering"] = orjson.dumps([newer]).decode()
            after = at.get("after") if at.get("form") == id_ else None
            named = {"form_id": id_, "form_name": form.get("name"), "form_locale": form.get("locale")}
            for rows, lead in self.graph.pages(f"{id_}/leads", params, after):
                records = [row | named if isinstance(row, dict) else row for row in rows]
                if lead is None:
                    done = {**done, id_: _text(self.until)}
                yield Page("leads", records, {"forms": done, **_at(lead, form=id_)})
                if self.context.stopping():
                    return

    def messages(self, state: State, since: datetime | None, platforms: Sequence[str]) -> Iterator[Page]:
        """Messages of conversations that went on; the list begins with the latest."""
        done, at = dict(state.get("platforms") or {}), state.get("at") or {}
        for platform in platforms:
            bound = since or _before(done.get(platform))
            is_here = at.get("platform") == platform
            began = at["began"] if is_here else _text(self.until)
            params = {"platform": platform, "fields": _TALK}
            talks = self.graph.pages(f"{self.page}/conversations", params, at["after"] if is_here else None)
            for rows, after in talks:
                lead = None if bound is not None and not any(_went_on(row, bound) for row in rows) else after
                if lead is None:
                    done = {**done, platform: began}
                more = _at(lead, platform=platform, began=began)
                records = [one for row in rows for one in _said(row, platform, self.page)]
                yield Page("messages", records, {"platforms": done, **more})
                if self.context.stopping():
                    return
                if lead is None:
                    break

    def _forms(self) -> Sequence[Mapping[str, Any]]:
        params = {"fields": "id,name,locale,status"}
        return [
            form
            for rows, _ in self.graph.pages(f"{self.page}/leadgen_forms", params)
            for form in rows
            if isinstance(form, dict) and form.get("id")
        ]


def _said(row: Any, platform: str, page: str) -> list[Any]:
    """The messages of a conversation, each with whom it is with; what is no conversation as it is, to be refused."""
    if not isinstance(row, dict) or not row.get("id"):
        return [row]
    people = (row.get("participants") or {}).get("data") or []
    known = {"conversation_id": row["id"], "platform": platform, "page_id": page, "link": row.get("link")}
    others = [one for one in people if isinstance(one, dict) and str(one.get("id")) != page]
    extra = {name: value for name, value in row.items() if name not in _OF_A_TALK}
    said = (row.get("messages") or {}).get("data") or []
    return [
        {**extra, **one, **known, "person": others[0] if others else None} if isinstance(one, dict) else one
        for one in said
    ]


_OF_A_TALK = frozenset(("id", "updated_time", "link", "participants", "messages"))


def _went_on(row: Any, bound: datetime) -> bool:
    told = row.get("updated_time") if isinstance(row, dict) else None
    try:
        return datetime.strptime(str(told), "%Y-%m-%dT%H:%M:%S%z") >= bound
    except ValueError:
        return True  # who does not say may have


def _at(after: str | None, **place: str) -> State:
    return {} if after is None else {"at": {**place, "after": after}}


def _before(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told).astimezone(UTC) - _OVERLAP


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
