"""What notices are sent to: an HTTP receiver and a mail server, both real and both on loopback."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self, cast

import orjson

from hub.contract import Request
from hub.signatures import SCHEMES, is_signed
from hub.testing.fake_server import Answer, Asked, FakeServer

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


class Receiver(FakeServer):
    """Takes whatever is posted, and answers with a word, as Slack does."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(200, b"ok", {"Content-Type": "text/plain"})

    @property
    def told(self) -> list[dict[str, Any]]:
        """What was posted to it, in order."""
        return [orjson.loads(asked.body) for asked in self.requests]

    def signed(self, asked: Asked) -> bool:
        """Whether it is signed with SECRET."""
        request = Request("POST", asked.path, {}, asked.headers, asked.body, self.clock())
        return is_signed(SCHEMES["standard"], request, [SECRET])


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server that takes everything, unless it is told not to."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.logins: list[str] = []
        self.refuses_login = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(MailServer, self.server)
        self._say("220 mail.example.com")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                self._say("250-mail.example.com", "250 AUTH PLAIN")
            elif word == "AUTH":
                server.logins.append(line)
                self._say("535 no" if server.refuses_login else "235 yes")
            elif word == "RCPT":
                server.recipients.append(line.partition("<")[2].partition(">")[0])
                self._say("250 yes")
            elif word == "DATA":
                self._say("354 go on")
                server.mails.append(self._mail())
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 yes")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _mail(self) -> EmailMessage:
        data = b""
        while (line := self.rfile.readline()) != b".\r\n":
            data += line
        return message_from_bytes(data, policy=policy.default)
