"""The mapping language: raw records -> canonical records (`README.md` has it on one page)."""

from __future__ import annotations

from hub.mapping.document import Document
from hub.mapping.explain import FieldTrace, RecordTrace
from hub.mapping.mapping import Mapping
from hub.mapping.mapping import compile_mapping as compile
from hub.mapping.result import FieldWarning, Mapped, MapReject, RecordBatch

__all__ = [
    "Document",
    "FieldTrace",
    "FieldWarning",
    "MapReject",
    "Mapped",
    "Mapping",
    "RecordBatch",
    "RecordTrace",
    "compile",
]
