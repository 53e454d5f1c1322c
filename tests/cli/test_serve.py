"""`hub serve`: what is posted becomes a customer soon, what is due is synced, and SIGTERM ends it gently."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from hub.models import RunKind, RunStatus
from hub.store.api import open_store

from .conftest import Answer, Folder

End = Callable[[subprocess.Popen[str]], Answer]
Until = Callable[..., None]

FORM = """
  form:
    connector: webform
    config: {}
"""


class Serving:
    """A running `hub serve`."""

    def __init__(self, folder: Folder, ended: End, *words: str) -> None:
        self.folder = folder
        self.process = folder.start("serve", "--port", "0", "--json", "--log-json", *words)
        self._ended = ended
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.told: dict[str, Any] = json.loads(line)
        self.url = str(self.told["url"])

    def post(self, **fields: str) -> httpx.Response:
        return httpx.post(
            f"{self.url}/in/form", data=fields, headers={"origin": self.url}, trust_env=False, timeout=20
        )

    def end(self, number: signal.Signals = signal.SIGTERM) -> Answer:
        self.process.send_signal(number)
        return self._ended(self.process)

    def customers(self) -> int:
        with open_store(self.folder.path / "hub.db") as store:
            return store.identity.count()


@pytest.fixture
def form(project: Folder) -> Folder:
    project.write("hub.yaml", f"connections:{FORM}")
    assert project.hub("mappings", "copy", "webform").code == 0
    return project


@pytest.fixture
def serve(ended: End) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(folder: Folder, *words: str) -> Serving:
        started.append(Serving(folder, ended, *words))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


def test_a_form_post_becomes_a_customer(form: Folder, serve: Callable[..., Serving], until: Until) -> None:
    serving = serve(form)
    assert serving.told["receivers"] == ["form"]
    assert httpx.get(f"{serving.url}/healthz", trust_env=False).json() == {"status": "ok"}
    answer = serving.post(email="cat@example.com", name="Cat Poe", message="Hello")
    assert answer.status_code == 202, answer.text
    until(lambda: serving.customers() == 1)
    ended = serving.end()
    assert ended.code == 0, ended.err
    found = form.hub("customers", "find", "cat@example.com", "--json").lines
    assert [item["fields"]["email"] for item in found] == ["cat@example.com"]
    log = [json.loads(line) for line in ended.err.splitlines()]
    worked = next(item for item in log if item.get("action") == "consolidate")
    assert worked["connection"] == "form"
    assert "cat@example.com" not in ended.err + ended.out


def test_many_posts_are_worked_out_together(
    form: Folder, serve: Callable[..., Serving], until: Until
) -> None:
    serving = serve(form)
    for number in range(20):
        assert serving.post(email=f"p{number}@example.com", message="Hello").status_code == 202
    until(lambda: serving.customers() == 20)
    assert serving.end().code == 0
    with open_store(form.path / "hub.db") as store:
        runs = store.runs.find(kind=RunKind.CONSOLIDATE, limit=100)
    assert sum(run.counts["read"] for run in runs) == 20
    assert len(runs) < 10
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}


def test_what_landed_before_a_kill_is_worked_out_by_the_next_start(
    form: Folder, serve: Callable[..., Serving], until: Until
) -> None:
    serving = serve(form)
    assert serving.post(email="cat@example.com", message="Hello").status_code == 202
    serving.end(signal.SIGKILL)
    again = serve(form)
    until(lambda: again.customers() == 1)
    assert again.end().code == 0


def test_what_is_due_is_synced_and_ends_gently(
    waiter: Folder, serve: Callable[..., Serving], until: Until
) -> None:
    waiter.write(
        "hub.yaml",
        "connections:\n  slow:\n    connector: waiter\n    schedule: 1h\n    config: {pages: 30, wait_after: 10}\n",
    )
    serving = serve(waiter)
    assert serving.told["scheduled"] == 1
    until(
        lambda: (waiter.path / "read").exists() and len((waiter.path / "read").read_text().splitlines()) >= 10
    )
    answer = serving.end()
    assert answer.code == 0, answer.err
    log = [json.loads(line) for line in answer.err.splitlines()]
    ended = [item for item in log if item.get("action") == "sync"]
    assert [item["status"] for item in ended if item["step"] == "pull"] == ["cancelled"]
    with open_store(waiter.path / "hub.db") as store:
        pull = store.runs.find(kind=RunKind.PULL)[0]
        trigger = store.driver.one("SELECT trigger FROM runs WHERE id = ?", (pull.id,))
        assert pull.status is RunStatus.CANCELLED
        assert pull.counts["new"] in (10, 11)
        assert store.leases.holder("pull:slow") is None
    assert trigger == ("schedule",)
    waiter.write("go", "")
    resumed = serve(waiter)
    until(lambda: resumed.customers() == 30)
    assert resumed.end().code == 0


def test_ctrl_c_ends_it_with_130(form: Folder, serve: Callable[..., Serving]) -> None:
    assert serve(form).end(signal.SIGINT).code == 130


def test_a_second_service_of_one_project_is_refused(form: Folder, serve: Callable[..., Serving]) -> None:
    first = serve(form)
    second = form.hub("serve", "--port", "0", "--json")
    assert second.code == 8
    assert second.lines[-1]["code"] == "HUB-6002"
    assert first.end().code == 0
    assert serve(form).end().code == 0, "the lease was given back"


def test_a_port_that_is_taken(form: Folder, serve: Callable[..., Serving]) -> None:
    port = serve(form).url.rpartition(":")[2]
    other = Folder(form.path.parent / "other")
    other.write("hub.yaml", f"connections:{FORM}")
    answer = other.hub("serve", "--port", port, "--json")
    assert answer.code == 3
    assert answer.lines[-1]["code"] == "HUB-4206"


def test_a_connection_that_is_wrong_stops_no_other(
    form: Folder, serve: Callable[..., Serving], until: Until
) -> None:
    form.write(
        "hub.yaml",
        f"connections:{FORM}  shop:\n    connector: woocommerce\n    schedule: 1h\n    config: {{store_url: x}}\n",
    )
    serving = serve(form)
    assert serving.post(email="cat@example.com", message="Hello").status_code == 202
    until(lambda: serving.customers() == 1)
    assert serving.end().code == 0


def test_without_a_schedule(waiter: Folder, serve: Callable[..., Serving]) -> None:
    waiter.write(
        "hub.yaml",
        "connections:\n  slow:\n    connector: waiter\n    schedule: 30s\n    config: {pages: 1}\n",
    )
    serving = serve(waiter, "--no-schedule")
    assert serving.told["scheduled"] == 0
    assert serving.end().code == 0
    assert not (waiter.path / "read").exists()
