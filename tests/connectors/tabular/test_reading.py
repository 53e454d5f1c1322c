"""Which files are read, where reading goes on after a crash, and what counts as deleted."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError

from connectors.tabular import reading
from connectors.tabular.config import TabularConfig
from connectors.tabular.connector import Tabular
from hub import ConfigError, Unreachable

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)


def rows(*numbers: int, name: str = "name") -> str:
    return "id,name\n" + "".join(f"{number},{name}\n" for number in numbers)


def test_an_unchanged_file_is_not_read_again(desk):
    desk.put("a.csv", rows(1, 2))
    desk.put("b.csv", rows(3))
    assert desk.pull().read == 3
    assert desk.pull().pages == []
    desk.put("b.csv", rows(3, 4), at=desk.folder.stat().st_mtime)
    assert desk.pull().read == 2


def test_a_touched_file_with_the_same_content_is_not_read_again(desk):
    file = desk.put("a.csv", rows(1, 2))
    desk.pull()
    os.utime(file, (1_785_000_000, 1_785_000_000))
    landed = desk.pull()
    assert landed.read == 0
    assert landed.cursors["rows"]["files"]["a.csv"][1] == 1_785_000_000 * 10**9
    assert desk.pull().pages == []


def test_a_file_changed_within_the_same_instant_is_noticed(desk):
    instant = NOW.timestamp() - 0.5
    desk.put("a.csv", rows(1), at=instant)
    desk.pull()
    desk.put("a.csv", rows(2), at=instant)  # same size, same mtime
    assert list(desk.pull().rows) == ["1", "2"]


def test_hidden_lock_and_other_files_are_left_alone(desk):
    desk.put("a.csv", rows(1))
    for name in (".hidden.csv", "~$open.xlsx", "notes.md", "image.png"):
        desk.put(name, "not,a\ntable\n")
    landed = desk.pull()
    assert list(landed.rows) == ["1"]
    assert not landed.broken


def test_path_may_be_one_file(desk):
    file = desk.put("a.csv", rows(1))
    desk.put("b.csv", rows(2))
    assert list(desk.pull(path=str(file)).rows) == ["1"]


def test_a_relative_path_is_below_the_project(desk):
    desk.put("a.csv", rows(1))
    assert list(desk.pull(path="tables").rows) == ["1"]


def test_a_missing_folder_is_no_empty_one(desk):
    with pytest.raises(Unreachable) as caught:
        desk.pull(path="gone")
    assert caught.value.code == "HUB-4301"


def test_an_unreadable_file_is_a_reject_and_is_tried_again(desk, monkeypatch):
    desk.put("a.csv", rows(1))
    desk.put("b.csv", rows(2))
    real = reading.look

    def refuse(file, now):
        if file.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return real(file, now)

    monkeypatch.setattr(reading, "look", refuse)
    landed = desk.pull()
    assert list(landed.rows) == ["2"]
    assert landed.broken["a.csv"].message == "a.csv: cannot be read: Permission denied"
    monkeypatch.undo()
    assert set(desk.pull().rows) == {"1", "2"}


def test_big_files_come_in_pages(desk):
    desk.put("a.csv", rows(*range(1201)))
    landed = desk.pull()
    assert [len(page.records) for page in landed.pages] == [500, 500, 201]


def test_small_files_share_pages(desk):
    for number in range(40):
        desk.put(f"{number:02}.csv", rows(number))
    assert [len(page.records) for page in desk.pull().pages] == [40]


def test_pages_are_bounded_by_size_too(desk):
    desk.put("a.csv", "id,name\n" + "".join(f"{n},{'x' * 900_000}\n" for n in range(12)))
    assert max(len(page.records) for page in desk.pull().pages) <= 5


def test_a_newer_file_with_the_same_rows_is_no_page_that_repeats(desk):
    """Two pages with the same keys in a row are how an engine notices a vendor that ignores its cursor."""
    desk.put("day-1.csv", rows(*range(500), name="old"))
    desk.put("day-2.csv", rows(*range(500), name="new"))
    landed = desk.pull()
    keys = [[record["_key"] for record in page.records] for page in landed.pages]
    assert all(one != other for one, other in pairwise(keys) if one)
    assert {row["name"] for row in landed.rows.values()} == {"new"}
    assert landed.read == 1000


@pytest.mark.parametrize("stop", range(1, 7))
@pytest.mark.parametrize("deletes", [False, True])
def test_a_crash_loses_and_repeats_nothing_after_the_last_commit(desk, stop, deletes):
    desk.put("a.csv", rows(*range(700)))
    desk.put("b.csv", rows(*range(700, 1400)))
    desk.put("c.csv", rows(*range(1400, 2100)))
    first = desk.pull(stop_after=stop, deletes=deletes).read
    second = desk.pull(deletes=deletes).read
    assert first + second == 2100
    assert len(desk.landed.rows) == 2100
    assert desk.pull(deletes=deletes).read == 0


def test_negative_control_a_cursor_moved_before_its_page_loses_rows(desk):
    desk.put("a.csv", rows(*range(1000)))
    for page in desk.pages():
        desk.landed.cursors["rows"] = page.checkpoint
        break  # died before the rows were kept
    desk.pull()
    assert len(desk.landed.rows) == 500


def test_a_file_that_changed_since_the_crash_is_read_from_its_start(desk):
    desk.put("a.csv", rows(*range(1000)))
    desk.pull(stop_after=1)
    desk.put("a.csv", rows(*range(5000, 6000)))
    assert desk.pull().read == 1000


def test_a_file_that_changes_while_it_is_read_is_read_again(desk):
    desk.put("a.csv", rows(*range(600)))
    for number, page in enumerate(desk.pages()):
        desk.land(page)
        if number == 0:
            with (desk.folder / "a.csv").open("a") as file:
                file.write("9999,late\n")
    desk.pull()
    assert "9999" in desk.landed.rows


def test_full_reads_everything_again(desk):
    desk.put("a.csv", rows(1, 2))
    desk.pull()
    assert desk.pull(full=True).read == 2
    assert desk.pull().pages == []


def test_since_reads_recent_files_on_the_side(desk):
    desk.put("old.csv", rows(1), at=(NOW - timedelta(days=9)).timestamp())
    desk.put("new.csv", rows(2), at=(NOW - timedelta(days=1)).timestamp())
    desk.pull()
    cursor = desk.landed.cursors["rows"]
    assert desk.pull(since=NOW - timedelta(days=2)).read == 1
    assert desk.landed.cursors["rows"] == cursor


def test_limit_stops_and_goes_on_later(desk):
    desk.put("a.csv", rows(*range(30)))
    desk.put("b.csv", rows(*range(30, 60)))
    assert desk.pull(limit=10).read == 10
    assert desk.pull(limit=25).read == 25
    assert desk.pull().read == 25
    assert len(desk.landed.rows) == 60


def test_a_fresh_file_may_be_left_to_settle(desk):
    desk.put("a.csv", rows(1), at=NOW.timestamp() - 5)
    assert desk.pull(settle_seconds=60).read == 0
    assert desk.pull(settle_seconds=60, now=NOW + timedelta(minutes=2)).read == 1


def test_several_streams_of_one_folder(desk):
    desk.put("people.csv", rows(1))
    desk.put("orders-1.csv", "no,total\n77,9.90\n")
    config = {"streams": {"people": {"pattern": "people*"}, "orders": {"pattern": "orders*", "key": "no"}}}
    assert set(desk.pull(stream="people", **config).rows) == {"1"}
    assert set(desk.pull(stream="orders", **config).rows) == {"1", "77"}
    names = [stream.name for stream in Tabular(TabularConfig(path="x", key="id", **config)).streams()]
    assert names == ["people", "orders"]


class TestDeletes:
    def test_without_it_no_page_belongs_to_a_scan(self, desk):
        desk.put("a.csv", rows(1, 2))
        assert all(page.scan is None and not page.scan_complete for page in desk.pull().pages)

    def test_a_row_that_is_gone_is_deleted(self, desk):
        desk.put("a.csv", rows(1, 2))
        desk.put("b.csv", rows(3))
        desk.pull(deletes=True)
        desk.put("a.csv", rows(2), at=1_785_000_000)
        landed = desk.pull(deletes=True)
        assert landed.read == 2
        assert set(landed.rows) == {"2", "3"}

    def test_a_file_that_is_gone_takes_its_rows(self, desk):
        desk.put("a.csv", rows(1))
        gone = desk.put("b.csv", rows(2))
        desk.pull(deletes=True)
        gone.unlink()
        assert set(desk.pull(deletes=True).rows) == {"1"}

    def test_an_empty_folder_deletes_nothing(self, desk):
        gone = desk.put("a.csv", rows(1))
        desk.pull(deletes=True)
        gone.unlink()
        landed = desk.pull(deletes=True)
        assert set(landed.rows) == {"1"}
        assert not any(page.scan_complete for page in landed.pages)

    def test_a_row_that_cannot_be_read_keeps_all(self, desk):
        desk.put("a.csv", rows(1, 2))
        desk.pull(deletes=True)
        desk.put("a.csv", "id,name\n1,one\nragged\n", at=1_785_000_000)
        landed = desk.pull(deletes=True)
        assert set(landed.rows) == {"1", "2"}
        assert not any(page.scan_complete for page in landed.pages)

    def test_nothing_changed_is_no_scan(self, desk):
        file = desk.put("a.csv", rows(1, 2))
        desk.pull(deletes=True)
        assert desk.pull(deletes=True).pages == []
        os.utime(file, (1_785_000_000, 1_785_000_000))
        landed = desk.pull(deletes=True)
        assert landed.read == 0
        assert not any(page.scan_complete for page in landed.pages)
        assert desk.pull(deletes=True).pages == []

    def test_a_resumed_scan_keeps_its_name(self, desk):
        desk.put("a.csv", rows(*range(1200)))
        names = {page.scan for page in desk.pull(deletes=True, stop_after=1).pages}
        resumed = desk.pull(deletes=True).pages
        assert names == {page.scan for page in resumed}
        assert resumed[-1].scan_complete

    def test_a_scan_whose_files_changed_begins_anew(self, desk):
        desk.put("a.csv", rows(*range(1200)))
        first = {page.scan for page in desk.pull(deletes=True, stop_after=1).pages}
        desk.put("a.csv", rows(*range(600, 1200)), at=1_785_000_000)
        landed = desk.pull(deletes=True)
        assert first.isdisjoint(page.scan for page in landed.pages)
        assert set(landed.rows) == {str(number) for number in range(600, 1200)}

    def test_a_file_written_to_while_it_is_read_deletes_nothing(self, desk):
        desk.put("a.csv", rows(*range(1200)))
        desk.pull(deletes=True)
        desk.put("a.csv", rows(*range(1100)), at=1_785_000_000)
        for number, page in enumerate(desk.pages(deletes=True)):
            desk.land(page)
            assert not page.scan_complete
            if number == 0:
                desk.put("a.csv", rows(*range(1150)), at=1_785_000_001)
        assert len(desk.landed.rows) == 1200
        assert len(desk.pull(deletes=True).rows) == 1150

    def test_a_file_still_being_written_holds_the_scan_back(self, desk):
        desk.put("a.csv", rows(1))
        desk.put("b.csv", rows(2), at=NOW.timestamp() - 1)
        assert desk.pull(deletes=True, settle_seconds=60).pages == []

    def test_limit_and_since_never_complete_a_scan(self, desk):
        desk.put("a.csv", rows(*range(20)))
        assert not any(page.scan_complete for page in desk.pull(deletes=True, limit=5).pages)
        aside = desk.pull(deletes=True, since=datetime(2020, 1, 1, tzinfo=UTC)).pages
        assert not any(page.scan_complete or page.scan for page in aside)


class TestCheck:
    def test_it_tells_what_is_there(self, desk, lend):
        desk.put("a.csv", rows(1))
        result = Tabular(TabularConfig(path="tables", key="id", out="out/customers.csv")).check(lend())
        assert result.details == {
            "rows": "1 files; columns of a.csv: id, name, _key",
            "out": "will be made by the first push",
        }

    def test_it_tells_what_is_missing(self, desk, lend):
        with pytest.raises(Unreachable):
            Tabular(TabularConfig(path="nowhere", key="id")).check(lend())
        desk.put("a.csv", "other\n1\n")
        with pytest.raises(ConfigError, match="no key column id"):
            Tabular(TabularConfig(path="tables", key="id")).check(lend())

    @pytest.mark.parametrize(
        "wrong",
        [
            {}, {"path": "x"}, {"out": "customers.txt"}, {"path": "x", "key": "id", "pattern": "../*"},
            {"path": "x", "key": "id", "unknown": 1}, {"path": "x", "key": "id", "delimiter": ";;"},
        ],
    )  # fmt: skip
    def test_a_wrong_configuration_is_refused(self, wrong):
        with pytest.raises(ValidationError):
            TabularConfig(**wrong)
