"""HTML made readable text, in one pass whatever the tags look like."""

from __future__ import annotations

import html
import re

#: Characters of HTML that are looked at.
MAX_HTML = 400_000

_UNSEEN = frozenset(("script", "style", "head", "title", "noscript", "template", "svg", "object"))
_PARAGRAPHS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre", "hr")
)
_LINE_TAGS = (
    "address article center dd div dl dt fieldset footer form header li main nav section tbody tfoot thead tr"
)
_LINES = frozenset(_LINE_TAGS.split())
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")


def plain_from_html(source: str) -> str:
    """Text of HTML, a line per block; quoted blocks get `> `. Linear in the length of `source`."""
    first, *chunks = source[:MAX_HTML].split("<")
    writer = _Writer()
    writer.words(first)
    for chunk in chunks:
        writer.chunk(chunk)
    return "".join(writer.out)


class _Writer:
    """The text so far, and where in the tree we are."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.hidden = ""
        self.comment = False
        self.quotes = 0
        self.line_empty = True

    def chunk(self, chunk: str) -> None:
        """What stands between one `<` and the next."""
        if self.comment or chunk.startswith("!--"):
            _, ended, after = chunk.rpartition("-->")
            self.comment = not ended
            chunk = f">{after}" if ended else ">"
        tag, closed, words = chunk.partition(">")
        found = _TAG.match(tag)
        if found:
            self.tag(found.group(2).lower(), closing=bool(found.group(1)), empty=tag.endswith("/"))
        elif not closed or tag[:1] not in ("", "!", "?", "/"):
            words = "<" + chunk  # a lone "<" in the text
        self.words(words)

    def tag(self, name: str, *, closing: bool, empty: bool) -> None:
        if self.hidden:
            if closing and name == self.hidden:
                self.hidden = ""
            return
        if name in _UNSEEN and not closing and not empty:
            self.hidden = name
        elif name == "blockquote":
            self.quotes = max(0, min(self.quotes + (-1 if closing else 1), 5))
        if name == "br" or name in _PARAGRAPHS or (name in _LINES and not self.line_empty):
            self.newline()
        elif name in ("td", "th") and not closing and not self.line_empty:
            self.out.append(" ")

    def newline(self) -> None:
        self.out.append("\n" + "> " * self.quotes)
        self.line_empty = True

    def words(self, words: str) -> None:
        if self.hidden or not words:
            return
        text = html.unescape(words).replace("\u00a0", " ")
        folded = " ".join(text.split())
        if not folded:
            self.out.append("" if self.line_empty else " ")
            return
        lead = " " if text[0].isspace() and not self.line_empty else ""
        self.out.append(f"{lead}{folded}{' ' if text[-1].isspace() else ''}")
        self.line_empty = False
