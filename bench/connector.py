"""The connector of the bench vendor: pages, then what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from hub import Capabilities, Checkpoint, Connector, Context, Cursor, HttpOptions, Page, Selection, Stream


class BenchConfig(BaseModel):
    """Where the bench vendor listens."""

    url: str = Field(description="Its base URL.")


class Bench(Connector):
    """Reads `bench/vendor.py`."""

    name: ClassVar[str] = "bench"
    title: ClassVar[str] = "Bench vendor"
    Config: ClassVar[type[BaseModel]] = BenchConfig
    capabilities: ClassVar[Capabilities] = Capabilities(source=True)

    def http(self) -> HttpOptions:
        """Loopback, named by the bench itself."""
        return HttpOptions(base_url=self.config.url, trusted_hosts=("127.0.0.1",))

    def streams(self) -> Sequence[Stream]:
        """One stream."""
        return [Stream("customers", "customer", "id", Cursor("updated_at", overlap=0))]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """All pages at first; later only what changed."""
        cursor = checkpoint.stream("customers") or {"page": 1}
        params: dict[str, Any] = {"per_page": 250, "page": cursor.get("page", 1)}
        if "since" in cursor:
            params["updated_since"] = cursor["since"]
        newest = cursor.get("newest", cursor.get("since", ""))
        while True:
            body = context.http.get_json("/customers", params=params).body
            records = body["data"]
            if records:
                newest = max(newest, max(record["updated_at"] for record in records))
            if body["next"] is None:
                # A second later, so that an unchanged vendor has nothing to send.
                yield Page("customers", records, {"since": _after(newest)})
                return
            params["page"] = body["next"]
            resume = {"page": body["next"], "newest": newest}
            yield Page("customers", records, {**cursor, **resume} if "since" in cursor else resume)


def _after(newest: str) -> str:
    """Just behind a time, in text order."""
    return newest[:-1] + ".000001Z" if newest.endswith("Z") and "." not in newest else newest
