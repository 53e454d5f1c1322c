"""The JSON Schema of a manifest, for editors: `hub connectors schema` prints it, `connector.schema.json` beside this file
is the same.

What the defaults may give is not required of each stream here; the hub itself checks the two together.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from hub.rest.manifest import Manifest

SCHEMA_FILE = Path(__file__).with_name("connector.schema.json")


@cache
def manifest_schema() -> dict[str, Any]:
    """The schema as data."""
    schema = Manifest.model_json_schema(by_alias=True)
    stream = schema["$defs"]["StreamSpec"]
    stream["required"] = ["path"]
    defaults = {name: part for name, part in stream["properties"].items() if name != "path"}
    schema["$defs"]["Defaults"] = {
        "title": "Defaults",
        "description": "What all streams say alike.",
        "type": "object",
        "additionalProperties": False,
        "properties": defaults,
    }
    schema["properties"]["defaults"] = {
        "description": Manifest.model_fields["defaults"].description,
        "$ref": "#/$defs/Defaults",
    }
    for name in ("config", "streams", "write"):
        schema["properties"][name]["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Connector manifest",
    }


def schema_text() -> str:
    """The schema as it stands in the file."""
    return orjson.dumps(manifest_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
