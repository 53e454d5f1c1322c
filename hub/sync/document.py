"""A customer as a mapping's `out:` block sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from hub.store.identity import GOLDEN_COLUMNS


def golden_document(customer_id: str | None, fields: Sequence[Any]) -> dict[str, Any]:
    """`$.customer_id` and the golden fields, given in the order of GOLDEN_COLUMNS."""
    document = dict(zip(GOLDEN_COLUMNS, fields, strict=True))
    document["customer_id"] = customer_id
    if document.get("tags"):
        document["tags"] = orjson.loads(document["tags"])
    return document
