"""Mail under the kit: a Maildir; IMAP has servers of its own to be tested against."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from connectors.email.fake import Letter, write_maildir
from hub.testing import NOON, Conformance


class TestEmail(Conformance):
    """A mailbox of files, read in pages of five."""

    connector = "email"
    speaks_http = False
    live = Path(__file__).parents[2] / "live" / "imap"
    exempt: ClassVar[Mapping[str, str]] = {
        "changes": "a message never changes: `append_only`",
        "deletes": "a message that is moved or thrown away was written all the same",
        "missing_scope": "a mailbox has no permissions of its own beside the log-in",
    }
    todo: ClassVar[Mapping[str, str]] = {
        "wrong_credentials": "a folder needs none; IMAP has tests of its own (test_imap_answers), outside the kit",
        "unreachable": "a folder that is not there is a wrong setting (HUB-4110); IMAP as above",
    }

    def letter(self, number: int) -> Letter:
        return Letter(
            sender=("Bo Example", f"bo{number}@example.com"), to=[("Shop", "hello@shop.example.org")],
            subject=f"letter {number}", text="Do you have any?", date=NOON - timedelta(days=40 - number),
            message_id=f"{number}@mail.example.com",
        )  # fmt: skip

    def vendor(self, folder: Path) -> Path:
        write_maildir(folder / "mail", map(self.letter, range(1, 24)))
        return folder

    def config(self, vendor: Path) -> Mapping[str, Any]:
        return {"kind": "maildir", "path": "mail", "own_domains": ["shop.example.org"], "page_size": 5}

    def truth(self, vendor: Path) -> Mapping[str, set[str]]:
        return {"messages": {self.key(number) for number in range(1, 24)}}

    def key(self, number: int) -> str:
        """The Message-ID, and a mark of second and sender."""
        letter = self.letter(number)
        mark = hashlib.sha256(f"{letter.date.timestamp()}|{letter.sender[1]}".encode()).hexdigest()[:8]
        return f"{letter.id}#{mark}"
