"""Declarative connectors: a manifest (`connector.yaml`) becomes a connector, no code. README.md is its language.

    document = parse_manifest(text, "desk/connector.yaml")     # checked, with file:line
    Desk = make_connector(document)                            # a Connector class

manifest (auth, answers, cursor, fields, paginate, write_spec)   what may be said, as pydantic models
document, checks, schema                                         YAML -> a manifest that holds together; its JSON Schema
connector                                                        the class that is made of it
streams, requests, session, tokens                               what is asked, and how it is proved who asks
listing, spans, reading, children                                one list; spans of changes; a stream; a child's stream
writing                                                          rows to the vendor, one result each
"""

from __future__ import annotations

from hub.rest.connector import RestConnector, load_connector, make_connector
from hub.rest.document import FILE, Document, load_manifest, parse_manifest

__all__ = [
    "FILE",
    "Document",
    "RestConnector",
    "load_connector",
    "load_manifest",
    "make_connector",
    "parse_manifest",
]
