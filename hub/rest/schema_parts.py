"""What the exported JSON Schema says where a short way of writing stands beside the long one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue


@dataclass(frozen=True, slots=True)
class OrText:
    """A text may stand for the whole: one of `words`, or any when there are none."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        short: dict[str, Any] = {"enum": list(self.words)} if self.words else {"type": "string"}
        return {"anyOf": [short, handler(core)]}
