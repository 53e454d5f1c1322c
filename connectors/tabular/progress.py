"""Where reading stands: the cursor of a stream of files, as plain JSON.

files     {name below path: [size, mtime ns, digest]} of the files that were read to their end
at        {file, digest, row}: the file being read, and the last row of it that is committed
scan      name of the scan that is going on or was the last, where `deletes` is on
clean     whether every row of that scan could be read: one that could not may hold a key that is not gone
complete  whether that scan came to its end
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .files import Signature


@dataclass(slots=True)
class Progress:
    """The cursor, while it moves."""

    files: dict[str, Signature] = field(default_factory=dict)
    at_file: str = ""
    at_digest: str = ""
    at_row: int = 0
    scan: str | None = None
    clean: bool = True
    complete: bool = False

    @classmethod
    def of(cls, cursor: Any) -> Progress:
        """From a stored cursor; an empty one if there is none."""
        if not cursor:
            return cls()
        at = cursor.get("at") or {}
        return cls(
            {name: Signature(*parts) for name, parts in cursor["files"].items()},
            at.get("file", ""),
            at.get("digest", ""),
            at.get("row", 0),
            cursor.get("scan"),
            cursor.get("clean", True),
            cursor.get("complete", False),
        )

    def cursor(self) -> dict[str, Any]:
        """As it is stored."""
        kept: dict[str, Any] = {
            "files": {name: [each.size, each.mtime, each.digest] for name, each in self.files.items()}
        }
        if self.at_file:
            kept["at"] = {"file": self.at_file, "digest": self.at_digest, "row": self.at_row}
        if self.scan:
            kept |= {"scan": self.scan, "clean": self.clean, "complete": self.complete}
        return kept

    def began(self, name: str, digest: str) -> int:
        """A file is opened; gives the last row of it that is already committed."""
        if (name, digest) != (self.at_file, self.at_digest):
            self.at_file, self.at_digest, self.at_row = name, digest, 0
        return self.at_row

    def ended(self, name: str, signature: Signature | None) -> None:
        """A file is read to its end. Without a signature it will be read again next time."""
        if signature is not None:
            self.files[name] = signature
        self.at_file, self.at_digest, self.at_row = "", "", 0

    def forget_all_but(self, names: set[str]) -> bool:
        """Forget files that are no longer there; whether there were any."""
        gone = self.files.keys() - names
        for name in gone:
            del self.files[name]
        return bool(gone)
