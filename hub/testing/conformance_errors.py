"""Honest errors: each cause by its name, and no secret in any of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from hub.errors import AuthRefused, HubError, MissingScope, Unreachable
from hub.testing.fake_server import Answer, Asked, FakeServer, Spoil
from hub.testing.session import raised_by

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

#: A secret that is shorter may stand in a text by chance.
_SHORTEST = 8


def wrong_credentials(case: Conformance) -> None:
    """`check` and a run both say AuthRefused."""
    assert case.wrong, "say in `wrong` which settings make the credentials wrong"
    with case.open(**case.wrong) as bench:
        _each_says(bench, AuthRefused)


def unreachable(case: Conformance) -> None:
    """`check` and a run both say Unreachable."""
    with case.open() as bench:
        case.vanish(bench.vendor)
        _each_says(bench, Unreachable)


def missing_scope(case: Conformance) -> None:
    """`check` says MissingScope, and a run does."""
    with case.open() as bench:
        case.forbid(bench.vendor)
        _each_says(bench, MissingScope)


def _each_says(bench: Bench, kind: type[HubError]) -> None:
    for what, error in (("check", raised_by(bench.session.check)), ("a run", bench.session.sync().error)):
        told = "nothing" if error is None else f"{type(error).__name__} {error.code}"
        assert isinstance(error, kind), f"{what} must say {kind.__name__}, and says {told}"
        assert error.message.strip(), f"{what} says {told} without a word"


def secrets(case: Conformance) -> None:
    """A good run, wrong credentials, an error that repeats the secret: it is in nothing that is kept or shown."""
    for overrides in ({}, case.wrong):
        with case.open(**overrides) as bench:
            known = bench.secrets()
            short = [value for value in known if len(value) < _SHORTEST]
            assert not short, f"give secrets of {_SHORTEST} characters or more in config() and `wrong`"
            if isinstance(bench.vendor, FakeServer):
                bench.vendor.spoil(_echo(known), times=2, after=2)
            errors = _provoke(case, bench)
            _nowhere(known, bench, errors)
            if isinstance(bench.vendor, FakeServer) and not case.secret_in_address:
                _not_in_addresses(known, bench.vendor.requests)


def _provoke(case: Conformance, bench: Bench) -> list[BaseException]:
    def run() -> None:
        error = bench.session.sync().error
        if error is not None:
            raise error

    actions: list[Callable[[], object]] = [bench.session.check]
    if case.connector_class().capabilities.source:
        actions += [run, run]
    errors: list[BaseException] = []
    for action in actions:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - what it is does not matter here, only what it says
            errors.append(error)
    return errors


def _echo(known: list[str]) -> Spoil:
    """A vendor that repeats what it was sent."""
    told = {"error": "bad_request", "message": f"not valid: {' '.join(known)}"}
    return lambda asked, good: Answer.json(told, 400)


def _nowhere(known: list[str], bench: Bench, errors: list[BaseException]) -> None:
    places: list[tuple[str, str]] = [("its settings", repr(bench.session.connector.config))]
    places += [("the log", line) for line in bench.log.lines]
    places += [("an error", text) for error in errors for text in _texts(error)]
    places += [("an exchange", repr(one)) for one in bench.session.exchanges()]
    places += [("the store", text) for text in bench.session.told()]
    for place, text in places:
        for secret in known:
            assert not any(form in text for form in _forms(secret)), f"a secret is in {place}"


def _texts(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), "".join(traceback.format_exception(error)))


def _not_in_addresses(known: list[str], requests: list[Asked]) -> None:
    for asked in requests:
        address = f"{asked.path}?{asked.query}"
        assert not any(secret in address for secret in known), (
            "a secret travels in the address; where the vendor wants it so, say why in `secret_in_address`"
        )


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe="")}
