"""The log: sentences or JSON lines, with an action; other libraries are not heard in detail."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from hub.cli.log import JsonLines, Sentences, start_log

SECRET = "hunter2-in-a-message"


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    names = ("hub", "connectors", "httpx")
    root = logging.getLogger()
    before = (root.level, root.handlers[:], [logging.getLogger(name).level for name in names])
    yield
    root.level, root.handlers = before[0], before[1]
    for name, level in zip(names, before[2], strict=True):
        logging.getLogger(name).setLevel(level)


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(json=True, debug=False, level=logging.INFO)
    logging.getLogger("hub.sync").info(
        "a run has ended", extra={"action": "sync", "connection": "shop", "count": 3}
    )
    item = json.loads(capsys.readouterr().err)
    assert item.pop("at").endswith("Z")
    assert item == {
        "level": "info", "logger": "hub.sync", "message": "a run has ended", "action": "sync", "connection": "shop",
        "count": 3,
    }  # fmt: skip


def test_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(json=False, debug=False)
    logging.getLogger("connectors.shop").warning(
        "a \x1b[31mpage repeats", extra={"action": "read", "page": 2}
    )
    line = capsys.readouterr().err
    assert line.endswith("warning connectors.shop: a ?[31mpage repeats (action=read, page=2)\n")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_shows_its_place_and_not_its_words(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    start_log(json=as_json, debug=False)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("hub.serve").exception("a part ended")
    told = capsys.readouterr().err
    assert SECRET not in told
    assert "ValueError at test_log.py:" in told
    assert told.count("\n") == (1 if as_json else 2)


def test_debugging_shows_all_of_ours_and_no_more_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(json=False, debug=True)
    logging.getLogger("hub.http").debug("ours")
    logging.getLogger("httpx").info("GET https://shop.example.com/?key=%s", SECRET)
    told = capsys.readouterr().err
    assert "ours" in told
    assert SECRET not in told


def test_normal_operation_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(json=False, debug=False)
    logging.getLogger("hub.sync").info("nothing of interest")
    assert capsys.readouterr().err == ""


def test_a_second_start_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(json=False, debug=False)
    start_log(json=True, debug=False)
    logging.getLogger("hub").warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1
    ours = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonLines | Sentences)]
    assert len(ours) == 1
