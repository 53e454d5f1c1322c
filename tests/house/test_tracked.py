"""Nothing that belongs to one machine is under version control."""

from __future__ import annotations

import re

#: Written in pieces, so that this file does not find itself.
MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.])/(ro" r"ot|wo" r"rk|Us" r"ers/\w+|ho" r"me/\w+)/",
            r"[A-Z]:\\\\?Us" r"ers",
            r"py" r"pi\.org",
            r"python" r"hosted",
            r"registry\.npm" r"js",
        )
    )
)  # fmt: skip
SECRET = re.compile("-----BEGIN [A-Z ]*PRIVATE" " KEY-----")  # fmt: skip


def test_no_path_and_no_registry_of_a_machine(tracked):
    found: list[str] = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line) or SECRET.search(line):
                found.append(f"{path.name}:{number}: {line.strip()[:100]}")
    assert found == []


def test_what_is_made_is_not_tracked(tracked):
    made = [
        path
        for path in tracked
        if path.suffix in {".db", ".pyc", ".whl"} or path.name in {"uv.lock", "hub.key"}
    ]
    assert made == []


def test_the_search_finds_what_it_looks_for():
    assert MACHINE.search("see /ho" "me/jane/x")  # fmt: skip
    assert MACHINE.search("https://py" "pi.org/simple")  # fmt: skip
    assert not MACHINE.search("https://shop.example.com/home/page/ and ./work/x")
