"""A person fills in a form in a real browser: our own page, and a form on another site as the README writes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hub.models import RunStatus
from hub.sync.engine import Engine
from hub.web import Lane, create_app, serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[2]
HUB = Path(sys.executable).with_name("hub")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WORDING = "Yes, send me the newsletter once a month."

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


class Site(BaseHTTPRequestHandler):
    """A company's own web site with the README's form on it."""

    def __init__(self, page: Callable[[], str], *args: Any) -> None:
        self.page = page
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page().encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[Any]:
    """A server on loopback; put the page into `.page`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, lambda: server.page))  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def project(tmp_path: Path, site: Any) -> Path:
    (tmp_path / "mappings").mkdir()
    shutil.copy(ROOT / "mappings" / "webform.yaml", tmp_path / "mappings")
    (tmp_path / "hub.yaml").write_text(f"""
connections:
  contact-form:
    connector: webform
    config:
      title: Write to us
      allowed_origins: ["http://127.0.0.1:{site.server_port}"]
      consents:
        - {{field: newsletter, purpose: newsletter, wording: "{WORDING}", policy_version: "2026-07"}}
""")
    return tmp_path


@pytest.fixture
def url(project: Path) -> Iterator[str]:
    with Lane(lambda: Engine.open(project)) as lane, serving(create_app(lane)) as address:
        yield address


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page; whatever the browser complains about fails the test."""
    context = browser.new_context(locale="de-CH")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def rows(project: Path, sql: str) -> list[tuple[Any, ...]]:
    """The store after a sync."""
    with Engine.open(project) as engine:
        result = engine.sync()
        assert all(run.status is RunStatus.SUCCEEDED for run in result.runs)
        return [tuple(row) for row in engine.store.driver.query(sql)]


def test_our_own_page(page: Any, url: str, project: Path) -> None:
    page.goto(f"{url}/form/contact-form")
    assert page.get_by_role("heading").inner_text() == "Write to us"
    page.get_by_label("Name").fill("Ада Новак 王明 👋")
    page.get_by_label("E-mail").fill("Ada.Nowak@example.com")
    page.get_by_label("Phone (optional)").fill("+1 202 555 0143")
    page.get_by_label("Message").fill("Hello,\ndo you deliver?")
    box = page.get_by_label(WORDING)
    assert not box.is_checked()
    box.check()
    page.get_by_role("button", name="Send").dblclick()
    assert "has arrived" in page.get_by_role("status").inner_text()
    assert page.url == f"{url}/in/contact-form?sent=1"

    ((name, email, phone),) = rows(project, "SELECT full_name, email, phone FROM source_customers")
    assert (name, email, phone) == ("Ада Новак 王明 👋", "ada.nowak@example.com", "+12025550143")
    ((body, kind, locale),) = rows(project, "SELECT body, type, locale FROM interactions")
    assert (re.sub(r"\s+", " ", body), kind, locale) == ("Hello, do you deliver?", "form_submit", "de-CH")
    consents = rows(project, "SELECT status, wording, policy_version, capture_form FROM consents")
    assert consents == [("granted", WORDING, "2026-07", "contact")]


def test_our_own_page_served_by_the_command(page: Any, project: Path) -> None:
    serving = subprocess.Popen(
        [HUB, "serve", "--port", "0", "--json"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert serving.stdout is not None
        url = json.loads(serving.stdout.readline())["url"]
        page.goto(f"{url}/form/contact-form")
        page.get_by_label("Name").fill("Zoë Ünal")
        page.get_by_label("E-mail").fill("zoe@example.org")
        page.get_by_label("Message").fill("Hi")
        page.get_by_label(WORDING).check()
        page.get_by_role("button", name="Send").click()
        assert "has arrived" in page.get_by_role("status").inner_text()
    finally:
        serving.terminate()
        serving.communicate(timeout=20)
    assert serving.returncode in (0, 130)

    def hub(*words: str) -> list[Any]:
        done = subprocess.run(
            [HUB, *words, "--json"], cwd=project, capture_output=True, text=True, timeout=60, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert hub("sync", "--quiet")[-1]["customers"]["total"] == 1
    (told,) = hub("customers", "show", "zoe@example.org")
    assert told["fields"]["full_name"] == "Zoë Ünal"
    (consent,) = told["consents"]
    assert (consent["purpose"], consent["status"], consent["identifier"]) == (
        "newsletter",
        "granted",
        "zoe@example.org",
    )
    proof = "SELECT wording, policy_version, capture_source, captured_at FROM consents"
    ((wording, version, source, captured_at),) = rows(project, proof)
    assert (wording, version, source) == (WORDING, "2026-07", f"{url}/form/contact-form")
    assert captured_at == consent["since"]


def test_by_keyboard_alone_and_without_scripts(browser: Any, url: str, project: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/form/contact-form")
    for word in ("Bo", "bo@example.com", "", "", "Hi"):
        page.keyboard.press("Tab")
        page.keyboard.type(word)
    page.keyboard.press("Tab")  # the box, left as it is
    page.keyboard.press("Tab")  # the button: the trap is not on the way
    page.keyboard.press("Enter")
    page.wait_for_url("**/in/contact-form?sent=1")
    context.close()
    assert rows(project, "SELECT full_name, email FROM source_customers") == [("Bo", "bo@example.com")]
    assert rows(project, "SELECT * FROM consents") == []


def test_the_trap_is_out_of_sight_and_the_style_is_applied(page: Any, url: str) -> None:
    page.goto(f"{url}/form/contact-form")
    trap = page.locator("[name=_website]").bounding_box()
    assert trap["x"] < -1000
    assert page.locator("body").evaluate("body => getComputedStyle(body).maxWidth") != "none"
    unnamed = page.locator("input:not([type=hidden]), textarea").evaluate_all(
        "all => all.filter(one => !one.labels.length).map(one => one.name)"
    )
    assert unnamed == []


def test_who_leaves_a_needed_field_empty_is_told_by_the_browser(page: Any, url: str, project: Path) -> None:
    page.goto(f"{url}/form/contact-form")
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Send").click()
    assert page.url == f"{url}/form/contact-form"
    assert rows(project, "SELECT * FROM source_customers") == []


def readme_form(url: str, own_id: str) -> str:
    text = (ROOT / "connectors" / "webform" / "README.md").read_text(encoding="utf-8")
    form = text.partition("```html\n")[2].partition("```")[0]
    form = form.replace("https://hub.example.net", url)
    return '<!doctype html><title>Shop</title><link rel="icon" href="data:,">' + re.sub(
        r'(name="_id" value=")[^"]*', rf"\g<1>{own_id}", form
    )


def test_the_readmes_form_on_another_site(page: Any, url: str, site: Any, project: Path) -> None:
    site.page = readme_form(url, "abc123")
    page.goto(f"http://127.0.0.1:{site.server_port}/contact?from=mail")
    page.get_by_label("Name").fill("Zoë")
    page.get_by_label("E-mail").fill("zoe@example.org")
    page.get_by_label("Message").fill("Hi")
    page.get_by_label("newsletter").check()
    page.get_by_role("button", name="Send").click()
    assert "has arrived" in page.get_by_role("status").inner_text()
    assert rows(project, "SELECT email, status FROM source_customers, consents") == [
        ("zoe@example.org", "granted")
    ]


def test_a_form_of_a_site_that_is_not_allowed(browser: Any, url: str, site: Any, project: Path) -> None:
    site.page = readme_form(url, "abc123")
    page = browser.new_page()
    page.goto(f"http://localhost:{site.server_port}/contact")  # the same server under another name
    page.get_by_label("E-mail").fill("zoe@example.org")
    page.get_by_label("Message").fill("Hi")
    page.get_by_role("button", name="Send").click()
    assert "HUB-4212" in page.get_by_role("alert").inner_text()
    page.close()
    assert rows(project, "SELECT * FROM source_customers") == []
