"""An IMAP server that says what it is told to: for answers that no well-behaved server gives."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Answer = list[bytes | str]

DEFAULTS: dict[str, Answer] = {
    "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR"],
    "AUTHENTICATE": [],
    "LIST": ['* LIST () "/" INBOX'],
    "STATUS": ["* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 3 MESSAGES 2)"],
    "EXAMINE": ["* 2 EXISTS", "* OK [UIDVALIDITY 7] ok"],
    "UID SEARCH": ["* SEARCH 1 2"],
    "LOGOUT": ["* BYE"],
}


class Script(socketserver.ThreadingTCPServer):
    """Answers by command word; an answer may end with its own tagged word (`NO …`), else it is OK."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: Mapping[str, Answer | Callable[[str], Answer]], greeting: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answers = DEFAULTS | dict(answers)
        self.greeting = greeting
        self.said: list[str] = []

    @property
    def config(self) -> dict[str, object]:
        """A connection to this server."""
        return {
            "kind": "imap", "host": "127.0.0.1", "port": self.server_address[1], "tls": "none", "username": "u",
            "password": "p", "timeout": 5,
        }  # fmt: skip


class _Session(socketserver.StreamRequestHandler):
    server: Script

    def handle(self) -> None:
        self.wfile.write(self.server.greeting)
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            word = re.match(r"UID \w+|\w*", command)[0].upper()
            self.server.said.append(command)
            if word == "AUTHENTICATE":
                self.wfile.write(b"+ \r\n")
                self.rfile.readline()
            self._answer(tag, self.server.answers.get(word, ["BAD unknown"]), command)

    def _answer(self, tag: str, given: Answer | Callable[[str], Answer], command: str) -> None:
        lines = [
            line.encode() if isinstance(line, str) else line
            for line in (given(command) if callable(given) else given)
        ]
        last = lines.pop() if lines and re.match(rb"(NO|BAD|OK) ?", lines[-1]) else b"OK done"
        self.wfile.write(b"".join(line + b"\r\n" for line in lines) + tag.encode() + b" " + last + b"\r\n")


@contextmanager
def scripted(
    greeting: bytes = b"* OK hello\r\n", **answers: Answer | Callable[[str], Answer]
) -> Iterator[Script]:
    """scripted(UID_FETCH=[…]): a server on loopback; `_` in a name is a blank."""
    server = Script({name.replace("_", " "): answer for name, answer in answers.items()}, greeting)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
