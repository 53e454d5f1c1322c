"""Everything a vendor may do to a reader, as data: a kind, how often, after how many good answers, and particulars.

    inject(server, Fault("throttle", times=2, options={"retry_after": "2.5"}))
    inject(server, Fault.parse("throttle:times=2,after=3,retry_after=date+3"))

`KINDS` has a sentence about each. Faults work on any `FakeServer`: those of the data look for the list of records in
the answer by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

from hub.errors import ConfigError
from hub.testing import hostile_bodies as bodies
from hub.testing.fake_server import Answer, Asked, FakeServer, Spoil

#: As often as anybody may ask.
FOR_EVER = 10**9


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong."""

    kind: str
    #: Answers that it spoils.
    times: int = 1
    #: Good answers given first.
    after: int = 0
    #: Only requests whose path contains this.
    path: str = ""
    #: Particulars of the kind, as text.
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`kind` or `kind:name=value,name=value`. Raises ConfigError HUB-4701."""
        kind, _, rest = text.partition(":")
        pairs = [part.partition("=") for part in rest.split(",") if part]
        told = {name.strip(): value.strip() for name, _, value in pairs}
        _known(kind)
        try:
            times, after = (
                int(told.pop(name, default)) for name, default in (("times", "1"), ("after", "0"))
            )
        except ValueError:
            raise ConfigError("HUB-4701", f"the fault {text!r}: times and after are numbers") from None
        return cls(kind, times or FOR_EVER, after, told.pop("path", ""), told)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    #: What the vendor does, as a sentence.
    meaning: str
    plan: Callable[[FakeServer, Fault], None]
    #: What a good reader makes of it: `all` (waits or tries again, and has everything), `rejects` (one record is
    #: kept aside, the rest is there), `error` (an honest error that names it, or everything; never less in silence).
    expect: str


def inject(server: FakeServer, fault: Fault) -> None:
    """Plan the fault. Raises ConfigError HUB-4701 for a kind that is not known."""
    _known(fault.kind).plan(server, fault)


def _known(kind: str) -> Kind:
    if kind not in KINDS:
        hint = f"Take one of: {', '.join(KINDS)}."
        raise ConfigError("HUB-4701", f"there is no fault {kind!r}", hint=hint)
    return KINDS[kind]


# --- answers instead of the good one: the request is not carried out ---------------------------------------------


def _throttle(server: FakeServer, fault: Fault) -> None:
    wait = fault.options.get("retry_after", "")
    status = int(fault.options.get("status", "429"))
    if not wait.startswith("date"):
        _fail(server, fault, status, wait)
        return
    seconds = float(wait.removeprefix("date") or 1)

    def later(asked: Asked, good: Answer) -> Answer:
        moment = server.clock() + server.skew + timedelta(seconds=seconds)
        return Answer.json({}, status, {"Retry-After": format_datetime(moment, usegmt=True)})

    _spoil(server, fault, later)


def _burst(server: FakeServer, fault: Fault) -> None:
    _fail(server, fault, int(fault.options.get("status", "503")))


def _expired(server: FakeServer, fault: Fault) -> None:
    _fail(server, fault, 401)


def _fail(server: FakeServer, fault: Fault, status: int, wait: str = "") -> None:
    server.fail(
        fault.times,
        status=status,
        retry_after=wait or None,
        path=fault.path,
        after=fault.after,
        name=fault.kind,
    )


def _slow(server: FakeServer, fault: Fault) -> None:
    server.slow_down(
        float(fault.options.get("seconds", "0.2")), fault.times, path=fault.path, after=fault.after
    )


# --- good answers that are spoiled on the way -----------------------------------------------------------------------


def _spoil(server: FakeServer, fault: Fault, spoil: Spoil) -> None:
    server.spoil(spoil, fault.times, path=fault.path, after=fault.after, name=fault.kind)


def _planned(make: Callable[[Mapping[str, str]], Spoil]) -> Callable[[FakeServer, Fault], None]:
    return lambda server, fault: _spoil(server, fault, make(fault.options))


def _drip(options: Mapping[str, str]) -> Spoil:
    return lambda _, good: bodies.dripping(good, float(options.get("seconds", "0.4")))


def _malformed(options: Mapping[str, str]) -> Spoil:
    return lambda _, good: bodies.with_bad_record(good, options.get("how", "nan"))


def _redirect(options: Mapping[str, str]) -> Spoil:
    return lambda asked, _: bodies.redirect(asked, options.get("to", "private"))


def _repeat(server: FakeServer, fault: Fault) -> None:
    server.repeat_page(fault.times, path=fault.path, after=fault.after)


def _truncate(server: FakeServer, fault: Fault) -> None:
    server.truncate(fault.times, path=fault.path, after=fault.after)


def _hang_up(server: FakeServer, fault: Fault) -> None:
    server.hang_up(fault.times, path=fault.path, after=fault.after)


def _skew(server: FakeServer, fault: Fault) -> None:
    server.skew = timedelta(seconds=float(fault.options.get("seconds", "3600")))


KINDS: dict[str, Kind] = {
    "throttle": Kind(
        "429, or another `status`; `retry_after`: nothing, seconds (2, 2.5), or date+3", _throttle, "all"
    ),
    "burst": Kind("503, or another `status`, a few times", _burst, "all"),
    "slow": Kind("`seconds` until the answer begins", _slow, "all"),
    "drip": Kind("the body comes in pieces, `seconds` in all", _planned(_drip), "all"),
    "truncate": Kind("half a body, then the connection ends", _truncate, "all"),
    "hang_up": Kind("the connection ends without an answer", _hang_up, "all"),
    "lost_answer": Kind(
        "the request is carried out, its answer never comes", _planned(lambda _: lambda *_: None), "all"
    ),
    "skew": Kind("the server's clock is `seconds` ahead (or behind: negative)", _skew, "all"),
    "drift": Kind("records have fields that nobody has told of", _planned(lambda _: bodies.drifted), "all"),
    "malformed": Kind(
        "a record that cannot be kept; `how`: nan, text, no_key, half (half a character), deep",
        _planned(_malformed),
        "rejects",
    ),
    "expired": Kind("401 in mid-run", _expired, "error"),
    "duplicate": Kind(
        "the first record of a page stands on it twice", _planned(lambda _: bodies.doubled), "error"
    ),
    "repeat": Kind("the page before comes again", _repeat, "error"),
    "missing": Kind(
        "a page comes without its records, and says there is more",
        _planned(lambda _: bodies.emptied),
        "error",
    ),
    "html": Kind("200 with a web page", _planned(lambda _: bodies.web_page), "error"),
    "error_body": Kind("200 with an error in the body", _planned(lambda _: bodies.error_body), "error"),
    "bomb": Kind("a small gzip body that unpacks to 256 MiB", _planned(lambda _: bodies.bomb), "error"),
    "redirect": Kind("302; `to`: other, private, circle, same", _planned(_redirect), "error"),
}
