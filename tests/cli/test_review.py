"""`hub review`: look at what is doubtful, decide, take it back."""

from __future__ import annotations

import json
from typing import Any

from click.testing import Result

from .conftest import Call, Folder
from .test_contract import block


def lines(answer: Result) -> list[Any]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


def item(call: Call, folder: Folder) -> dict[str, Any]:
    """The two Łukasz, who differ in a member number."""
    found = [one for one in lines(call(folder, "review", "list", "--json")) if one["guard"] == "exclusive"]
    return dict(found[0])


def test_for_programs(call: Call, synced: Folder) -> None:
    told = item(call, synced)
    documented = block("**`hub review list --json`**")
    assert set(told) == set(documented)
    for side in ("a", "b"):
        assert set(told[side]) == set(documented[side])


def test_for_people(call: Call, synced: Folder) -> None:
    told = item(call, synced)
    answer = call(synced, "review", "list")
    assert answer.exit_code == 0
    assert f"{told['id']}  two customers now, 2 records" in answer.stdout
    assert "they differ in user_id, of which a customer has one" in answer.stdout
    assert "for: email equal" in answer.stdout
    assert "against: exclusive differ" in answer.stdout
    masked = call(synced, "review", "list", "--mask").stdout
    assert "Nowak" not in masked


def test_nothing_to_review(call: Call, lists: Folder) -> None:
    lists.hub("sync")
    answer = call(lists, "review", "list")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "nothing to review" in answer.stderr
    assert call(lists, "review", "list", "--json").stdout == ""


def test_decide_and_take_it_back(call: Call, changing: Folder) -> None:
    told = item(call, changing)
    words = ("review", "decide", told["id"], "same", "--actor", "lee", "--json")
    (tried,) = lines(call(changing, *words, "--dry-run"))
    assert (tried["dry_run"], tried["decisions"][0]["kind"]) == (True, "same")
    assert [change["change"] for change in tried["changes"]] == ["merged", "changed"]
    assert item(call, changing)["id"] == told["id"], "nothing was written"
    (done,) = lines(call(changing, *words))
    assert done["decisions"][0]["reason"] == "reviewed"
    assert told["id"] not in [one["id"] for one in lines(call(changing, "review", "list", "--json"))]
    number = str(done["decisions"][0]["id"])
    assert call(changing, "customers", "undo", number, "--reason", "was wrong").exit_code == 0
    assert item(call, changing)["id"] == told["id"]
    answer = call(changing, "review", "decide", told["id"], "different", "--reason", "father and son")
    assert "decided: " in answer.stdout
    assert "no customer changes" in answer.stdout
    assert call(changing, "customers", "merge", "M-2", "M-3", "--reason", "x").exit_code == 5


def test_pins_and_merges_go_on_beside_reviews(call: Call, changing: Folder) -> None:
    told = item(call, changing)
    call(changing, "review", "decide", told["id"], "different")
    answer = call(
        changing, "customers", "merge", "shop/customer/3", "guest@example.org", "--reason", "known to us"
    )
    assert answer.exit_code == 0, answer.output
    answer = call(changing, "customers", "split", "shop/customer/3", "--reason", "not so")
    assert answer.exit_code == 0, answer.output
    decisions = lines(call(changing, "customers", "decisions", "--json"))
    assert [one["kind"] for one in decisions] == ["different", "same", "different"]


def test_what_is_not_there(call: Call, synced: Folder) -> None:
    answer = call(synced, "review", "decide", "9-9", "same")
    assert answer.exit_code == 2
    assert "HUB-9025" in answer.stderr
    assert call(synced, "review", "decide", "9-9", "maybe").exit_code == 2
