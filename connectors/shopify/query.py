"""The query of a bulk operation, made of the one by which the manifest reads pages: one list of fields for both."""

from __future__ import annotations

import re

#: A connection inside a record, as the manifest asks for it.
_CONNECTION = re.compile(r"(\w+)\(first: \$\w+\) \{ pageInfo \{ hasNextPage \} nodes \{")


def bulk_query(paged: str, stream: str) -> tuple[str, str]:
    """The query, and the connection whose rows become lines of their own (empty for none).

    paged: a document with `fragment Told on … { fields }` at its end."""
    flat = " ".join(paged.split())
    start = flat.index("{", flat.index("fragment Told on "))
    fields = flat[start + 1 : flat.rindex("}")].strip()
    children = ""
    while found := _CONNECTION.search(fields):
        children = found[1]
        end = _closing(fields, found.end())
        inner = fields[found.end() : end].strip()
        fields = f"{fields[: found.start()]}{children} {{ edges {{ node {{ {inner} }} }}{fields[end + 1 :]}"
    return f"{{ {stream} {{ edges {{ node {{ id {fields} }} }} }} }}", children


def same_query(one: str, other: str) -> bool:
    """Whether two are the same but for white space."""
    return one.split() == other.split()


def _closing(text: str, at: int) -> int:
    """Where the brace closes that opened before `at`."""
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at - 1
