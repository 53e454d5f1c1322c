"""What the manifest cannot say: where a shop is large, everything is read by one bulk operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub import Checkpoint, Context, Page, RestConnector, Selection, StreamSelection

from .bulk import Bulk, Wanted
from .query import bulk_query


class Shopify(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Shopify, as `manifest.yaml` describes it."""

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Pages of the selected streams: everything by a bulk operation where that is worth while, changes always by pages."""
        for chosen in selection.streams:
            state = dict(checkpoint.stream(chosen.name) or {})
            for page in self._bulk_pages(chosen, state, selection, context):
                yield page
                state, chosen = dict(page.checkpoint), replace(chosen, full=False)
            # Changes since it was asked for; or, as ever, page by page.
            alone = Selection((chosen,), selection.until)
            yield from super().read(alone, Checkpoint({chosen.name: state}), context)

    def _bulk_pages(
        self, chosen: StreamSelection, state: dict[str, Any], selection: Selection, context: Context
    ) -> Iterator[Page]:
        least = int(self.settings["bulk_from"])
        if chosen.since is not None:
            return  # looks back, and moves nothing
        bulk = self._bulk(chosen.name, context)
        if least and self.reads_all(chosen, state, selection.until):
            state = {} if chosen.full else state
            # Somebody who wants to see a few records does not wait for all of them.
            if (chosen.limit is None or state.get("bulk")) and bulk.takes(state, least):
                yield from bulk.pages(state)
                return
        bulk.spool.remove()

    def _bulk(self, name: str, context: Context) -> Bulk:
        stream = self._streams[name]
        query, children = bulk_query(str((stream.spec.body or {})["query"]), name)
        wanted = Wanted(name, query, children, stream.may_scan, stream.spec.deletes.every is not None)
        version = str(self.settings["api_version"])
        return Bulk(wanted, self.session(context), context, self.folder, version, stream.rules.classify)
