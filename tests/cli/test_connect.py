"""Connections: asked for, tried, and only then saved; secrets in files of their own."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from collections.abc import Iterator

import pytest

from connectors.woocommerce.fake import FakeShop
from hub.settings import load

from .conftest import HUB, PEOPLE, Call, Folder

KEY, SECRET = "ck_of_the_test", "cs_of_the_test"


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop([], [], key=KEY, secret=SECRET) as server:
        yield server


def add_shop(
    folder: Folder, call: Call, shop: FakeShop, *words: str, secret: str = SECRET
) -> tuple[int, str, str]:
    result = call(
        folder, "connect", "add", "shop", "--connector", "woocommerce", "--set", f"store_url={shop.url}",
        "--set", f"consumer_key={KEY}", "--set", f"consumer_secret={secret}", "--set", "trusted_host=true", "--no-input", *words,
    )  # fmt: skip
    return result.exit_code, result.stdout, result.stderr


def test_what_works_is_saved_with_its_secrets_apart(project: Folder, call: Call, shop: FakeShop) -> None:
    code, out, err = add_shop(project, call, shop, "--schedule", "15m", "--json")
    assert code == 0, err
    item = json.loads(out)
    assert item["saved"] is True
    assert item["check"]["message"]
    assert item["mapping"] == "mappings/woocommerce.yaml"
    assert item["secrets"] == ["secrets/shop.consumer_key", "secrets/shop.consumer_secret"]
    text = (project.path / "hub.yaml").read_text()
    assert SECRET not in text + out + err
    assert "file:secrets/shop.consumer_secret" in text
    file = project.path / "secrets" / "shop.consumer_secret"
    assert file.read_text() == SECRET
    assert file.stat().st_mode & 0o777 == 0o600
    assert (project.path / "mappings" / "woocommerce.test.yaml").is_file()
    connection = load(project.path).connection("shop")
    assert connection.schedule == "15m"
    assert call(project, "config", "check").exit_code == 0


def test_refused_credentials_save_nothing(project: Folder, call: Call, shop: FakeShop) -> None:
    before = (project.path / "hub.yaml").read_bytes()
    code, out, err = add_shop(project, call, shop, "--json", secret="wrong-secret")
    assert code == 4
    assert json.loads(out)["code"] == "HUB-4001"
    assert "wrong-secret" not in out + err
    assert (project.path / "hub.yaml").read_bytes() == before
    assert not (project.path / "secrets").exists()
    assert not (project.path / "mappings").exists()


def test_nobody_there_is_another_matter(project: Folder, call: Call, shop: FakeShop) -> None:
    """Auth needs a person, the network heals."""
    shop.hang_up(times=50)
    code, out, _ = add_shop(project, call, shop, "--json")
    assert code == 6
    assert json.loads(out)["code"] == "HUB-4031"
    assert "shop" not in (project.path / "hub.yaml").read_text()


def test_it_can_be_saved_untried(project: Folder, call: Call, shop: FakeShop) -> None:
    code, _, err = add_shop(project, call, shop, "--no-check", secret="wrong-secret")
    assert code == 0, err
    assert shop.requests == []
    assert "shop" in load(project.path).connections


def test_a_dry_run_tries_and_saves_nothing(project: Folder, call: Call, shop: FakeShop) -> None:
    code, out, _ = add_shop(project, call, shop, "--dry-run")
    assert code == 0
    assert "would add shop" in out
    assert shop.requests
    assert "shop" not in (project.path / "hub.yaml").read_text()
    assert not (project.path / "secrets").exists()


def test_a_secret_may_stay_where_it_is(
    project: Folder, call: Call, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_SECRET", SECRET)
    code, _, err = add_shop(project, call, shop, secret="env:THE_SECRET")
    assert code == 0, err
    assert "consumer_secret: env:THE_SECRET" in (project.path / "hub.yaml").read_text()
    assert not (project.path / "secrets" / "shop.consumer_secret").exists()


def test_what_is_missing_is_an_error_when_nobody_can_be_asked(project: Folder, call: Call) -> None:
    result = call(project, "connect", "add", "shop", "--connector", "woocommerce", "--no-input", "--json")
    assert result.exit_code == 3
    item = json.loads(result.stdout)
    assert item["code"] == "HUB-1005"
    for field in ("store_url", "consumer_key", "consumer_secret"):
        assert field in item["message"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("lists", "--connector", "tabular"), 3, "HUB-1031"),
        (("more", "--connector", "tabulr"), 3, "Did you mean 'tabular'?"),
        (("More", "--connector", "tabular", "--set", "path=lists", "--set", "key=email"), 3, "HUB-1004"),
        (("more", "--connector", "tabular", "--set", "path"), 2, "FIELD=VALUE"),
        (("more", "--connector", "tabular", "--set", "path=x", "--set", "colour=red"), 3, "HUB-1003"),
        (("more", "--connector", "tabular", "--set", "path=none", "--set", "key=email"), 6, "HUB-4301"),
        (("more",), 2, "--connector"),
    ],
)
def test_mistakes(lists: Folder, call: Call, words: tuple[str, ...], code: int, told: str) -> None:
    before = (lists.path / "hub.yaml").read_bytes()
    result = call(lists, "connect", "add", *words, "--no-input")
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert (lists.path / "hub.yaml").read_bytes() == before


def test_values_are_written_as_they_are_meant(lists: Folder, call: Call) -> None:
    lists.write("lists/2026.csv", PEOPLE)
    result = call(
        lists, "connect", "add", "more", "--connector", "tabular", "--set", "path=lists", "--set", "key=email, name",
        "--set", "deletes=true", "--set", "settle_seconds=0", "--set", "streams.a.pattern=2026.csv",
        "--set", "streams.a.key=[email]", "--set", "pattern=2026", "--no-input",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert load(lists.path).connection("more").config == {
        "path": "lists", "key": ["email", "name"], "deletes": True, "settle_seconds": 0, "pattern": "2026",
        "streams": {"a": {"pattern": "2026.csv", "key": ["email"]}},
    }  # fmt: skip


def test_a_mapping_that_is_there_is_left_alone(project: Folder, call: Call, shop: FakeShop) -> None:
    project.write("mappings/woocommerce.yaml", "# mine\n")
    code, out, _ = add_shop(project, call, shop, "--json")
    assert code == 0
    assert json.loads(out)["mapping"] is None
    assert (project.path / "mappings/woocommerce.yaml").read_text() == "# mine\n"


def test_it_asks_for_what_is_missing_and_echoes_no_secret(project: Folder, shop: FakeShop) -> None:
    """Through a terminal, as a person does it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [HUB, "connect", "add", "shop", "--connector", "woocommerce"],
        cwd=project.path, env=project.environment(), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = answer(
        ours,
        {"store_url:": shop.url, "consumer_key:": KEY, "consumer_secret:": SECRET, "trusted_host:": "true"},
    )
    assert process.wait(30) == 0, seen
    assert "added shop" in seen
    assert SECRET not in seen
    assert KEY not in seen
    assert (project.path / "secrets/shop.consumer_secret").read_text() == SECRET


def test_a_check_of_the_whole_says_what_to_ask_for(project: Folder) -> None:
    """No single field of a mailbox is missing: its own check names them."""
    (project.path / "mail" / "new").mkdir(parents=True)
    for name in ("cur", "tmp"):
        (project.path / "mail" / name).mkdir()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [HUB, "connect", "add", "mail", "--connector", "email"],
        cwd=project.path, env=project.environment(), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = answer(
        ours, {"kind:": "maildir", "path:": "mail", "own_domains:": "shop.example.com", "own_addresses:": ""}
    )
    assert process.wait(30) == 0, seen
    config = load(project.path).connection("mail").config
    assert config == {"kind": "maildir", "path": "mail", "own_domains": ["shop.example.com"]}


def answer(terminal: int, answers: dict[str, str]) -> str:
    """Types an answer after each question as it comes; everything that was shown."""
    seen, told = "", 0
    waiting = dict(answers)
    while select.select([terminal], [], [], 20)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk.decode()
        # The blank comes once the echo is off; what is typed before that is thrown away.
        for question in [one for one in waiting if seen[told:].endswith(f"\n{one} ")]:
            os.write(terminal, (waiting.pop(question) + "\n").encode())
            told = len(seen)
    os.close(terminal)
    return seen


def test_connections_are_tried_one_by_one(lists: Folder, call: Call, shop: FakeShop) -> None:
    shop.secret = SECRET
    assert add_shop(lists, call, shop)[0] == 0
    shop.secret = "changed"
    result = call(lists, "connect", "test", "--json")
    assert result.exit_code == 4
    items = {item["connection"]: item for item in map(json.loads, result.stdout.splitlines())}
    assert items["lists"]["status"] == "ok"
    assert items["shop"]["error"]["code"] == "HUB-4001"
    assert call(lists, "connect", "test", "lists").exit_code == 0
    assert call(lists, "connect", "test", "nobody").exit_code == 3


def test_the_list_tells_how_each_did_last(lists: Folder, call: Call) -> None:
    before = json.loads(call(lists, "connect", "list", "--json").stdout)
    assert before["last_status"] is None
    assert not (lists.path / "hub.db").exists(), "a look makes no store"
    assert lists.hub("sync").code == 0
    after = json.loads(call(lists, "connect", "list", "--json").stdout)
    assert after["name"] == "lists"
    assert after["last_status"] == "succeeded"
    assert "succeeded" in call(lists, "connect", "list").stdout
