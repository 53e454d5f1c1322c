"""django-helpdesk 2.6, the real one: read its tickets, take its webhooks."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import httpx
import pytest

from connectors.django_helpdesk.config import DjangoHelpdeskConfig
from connectors.django_helpdesk.source import DjangoHelpdesk
from hub import AuthRefused, MissingScope, Refused, Unreachable

pytestmark = pytest.mark.live

ADMIN = ("admin", "admin-secret")


def connect(
    address: str, user: str = "admin", password: str = "admin-secret", **more: object
) -> DjangoHelpdesk:
    config = {
        "url": address,
        "username": user,
        "password": password,
        "trusted_host": True,
        "requests_per_second": 1000,
    }
    return DjangoHelpdesk(DjangoHelpdeskConfig(**{"page_size": 25, **config, **more}))


def ids(records: list[dict[str, int]]) -> list[int]:
    return [record["id"] for record in records]


@pytest.fixture
def api(helpdesk):
    with httpx.Client(base_url=f"{helpdesk}/api", auth=ADMIN) as client:
        yield client


@pytest.fixture
def ticket(api, inbox, helpdesk, token):
    """A ticket made for one test and deleted after it."""
    inbox.connector = connect(helpdesk, webhook_token=token)
    made = []

    def open_one(**fields: object) -> int:
        answer = api.post(
            "/tickets/",
            json={
                "queue": 1,
                "title": "Made",
                "description": "x",
                "submitter_email": "made@example.org",
                "priority": 3,
                **fields,
            },
        )
        made.append(answer.json()["id"])
        return made[-1]

    yield open_one
    for number in made:
        api.delete(f"/tickets/{number}/")


def test_check_tells_who_may_read_what(helpdesk, check):
    assert int(check(connect(helpdesk)).details["tickets"]) >= 60


def test_a_wrong_password_is_told_from_a_missing_right(helpdesk, check):
    """The site answers 403 to both."""
    with pytest.raises(AuthRefused):
        check(connect(helpdesk, password="wrong"))
    with pytest.raises(AuthRefused):
        check(connect(helpdesk, user="nobody"))
    with pytest.raises(MissingScope) as caught:
        check(connect(helpdesk, user="visitor", password="visitor-secret"))
    assert "is_staff" in caught.value.hint


def test_a_wrong_address_is_told_from_no_answer(helpdesk, check):
    with pytest.raises(Refused):
        check(connect(f"{helpdesk}/nowhere"))
    with pytest.raises(Unreachable):
        check(connect("http://127.0.0.1:9"))


@pytest.mark.parametrize("size", [7, 25, 1000])
def test_all_tickets_are_read_whatever_the_page_size(helpdesk, api, pull, size):
    landed = pull(connect(helpdesk, page_size=size), "tickets")
    assert landed.complete
    assert len(ids(landed.records)) == api.get("/tickets/").json()["count"]
    assert set(range(1, 61)) <= set(ids(landed.records))
    assert landed.cursor == {}


def test_tickets_become_canonical_records(helpdesk, pull, mapped):
    tickets = [record for record in pull(connect(helpdesk), "tickets").records if record["id"] <= 60]
    told = mapped("django_helpdesk", "tickets", tickets)
    found = {(each.entity, each.type, each.key): each.fields for each in told}
    by_entity = Counter(entity for entity, _, _ in found)
    assert by_entity == {"customer": 20, "employee": 1, "ticket": 60, "interaction": 60 + 30 + 8}
    customer = found["customer", "submitter", "person7@example.org"]
    assert customer["email"] == "person7@example.org"
    ticket = found["ticket", "ticket", "7"]
    assert (ticket["customer_type"], ticket["customer_key"]) == ("submitter", "person7@example.org")
    assert (ticket["status"], ticket["priority"], ticket["opened_at"]) == (
        "solved",
        "normal",
        "2026-07-01T16:00:00.000Z",
    )
    followups = [
        each.fields for each in told if each.entity == "interaction" and each.fields["ticket_key"] == "7"
    ]
    assert [(each["channel"], each["direction"]) for each in followups] == [
        ("web", "inbound"),
        ("email", "inbound"),
    ]
    directions = Counter(each.fields["direction"] for each in told if each.entity == "interaction")
    assert directions == {"inbound": 68, "outbound": 15, "internal": 15}


@pytest.mark.parametrize("stop", [1, 2, 5, 9])
def test_an_interrupted_walk_goes_on_where_it_stopped(helpdesk, pull, stop):
    first = pull(connect(helpdesk, page_size=7), "tickets", stop_after=stop)
    second = pull(connect(helpdesk, page_size=7), "tickets", first.cursor)
    assert set(range(1, 61)) <= set(ids(first.records)) | set(ids(second.records))
    assert len(second.records) < 60
    assert {page.scan for page in first.pages} == {page.scan for page in second.pages}
    assert second.complete


def test_another_page_size_begins_anew(helpdesk, pull):
    first = pull(connect(helpdesk, page_size=25), "tickets", stop_after=1)
    second = pull(connect(helpdesk, page_size=7), "tickets", first.cursor)
    assert set(range(1, 61)) <= set(ids(second.records))


def test_limit_reads_the_newest(helpdesk, pull):
    landed = pull(connect(helpdesk, page_size=5), "tickets", limit=5)
    assert 60 in ids(landed.records)
    assert len(landed.records) <= 5
    assert not landed.complete


def test_tickets_deleted_and_opened_while_reading_lose_no_other(helpdesk, pull, ticket, api, tmp_path):
    """Pages are read from the end: what moves, moves onto pages that are still to come."""
    doomed = [ticket(title=f"Doomed {number}") for number in range(6)]
    connector = connect(helpdesk, page_size=7)
    first = pull(connector, "tickets", stop_after=3)
    for number in doomed:
        api.delete(f"/tickets/{number}/")
    late = ticket(title="Late")
    second = pull(connector, "tickets", first.cursor)
    read = set(ids(first.records)) | set(ids(second.records))
    assert set(range(1, 61)) <= read
    assert late in read
    assert second.complete


def test_a_walk_that_outlives_its_pages_ends(helpdesk, pull, ticket, api):
    extra = [ticket() for _ in range(10)]
    connector = connect(helpdesk, page_size=5)
    first = pull(connector, "tickets", stop_after=1)
    for number in extra:
        api.delete(f"/tickets/{number}/")
    second = pull(connector, "tickets", first.cursor)
    assert set(range(1, 61)) <= set(ids(second.records))


def submit(helpdesk: str, attachment: Path | None = None, **fields: str) -> None:
    """Fill in the public HTML form as a browser would."""
    with httpx.Client() as browser:
        form = browser.get(f"{helpdesk}/tickets/submit/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        data = {"csrfmiddlewaretoken": token[1], "queue": "1", "priority": "2", "due_date": "", **fields}
        files = (
            {"attachment": (attachment.name, attachment.read_bytes(), "text/plain")} if attachment else None
        )
        answer = browser.post(f"{helpdesk}/tickets/submit/", data=data, files=files)
        assert answer.status_code == 302, answer.text


def test_the_public_form_posts_its_webhook_to_us(helpdesk, inbox, pull, mapped, api, token, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("opening hours")
    inbox.received.clear()
    inbox.connector = connect(helpdesk, webhook_token=token)
    submit(
        helpdesk,
        note,
        title="Öffnungszeiten?",
        body="When do you open?",
        submitter_email="Wanda.Web@Example.org",
    )
    (answer,) = inbox.received
    assert answer.status == 202
    page = answer.page
    assert page is not None
    assert page.stream == "tickets"
    (arrived,) = page.records
    assert (arrived["title"], arrived["submitter_email"]) == ("Öffnungszeiten?", "Wanda.Web@Example.org")
    landed = pull(connect(helpdesk), "tickets")
    assert [record for record in landed.records if record["id"] == arrived["id"]] == [arrived]
    told = {each.entity: each for each in mapped("django_helpdesk", "tickets", [arrived])}
    assert told["customer"].key == "wanda.web@example.org"
    assert told["ticket"].fields["subject"] == "Öffnungszeiten?"
    assert told["interaction"].fields["direction"] == "inbound"
    assert told["interaction"].fields["attachments"] == '["note.txt"]'
    api.delete(f"/tickets/{arrived['id']}/")


def test_a_followup_posts_its_webhook_too(helpdesk, inbox, pull, api, ticket):
    number = ticket(title="Slow")
    inbox.received.clear()
    answered = api.post(
        "/followups/",
        json={"ticket": number, "title": "Re", "comment": "An answer", "public": True, "new_status": 3},
    )
    assert answered.status_code == 201
    (answer,) = inbox.received
    assert answer.page is not None
    (arrived,) = answer.page.records
    assert arrived["status"] == 3
    assert [each["comment"] for each in arrived["followup_set"]] == ["x", "An answer"]
    landed = pull(connect(helpdesk), "tickets")
    assert [record for record in landed.records if record["id"] == number] == [arrived]


def test_a_webhook_with_another_word_brings_nothing(helpdesk, inbox, api, ticket):
    inbox.received.clear()
    inbox.connector = connect(helpdesk, webhook_token="quite another long word")
    answer = api.post(
        "/tickets/",
        json={
            "queue": 1,
            "title": "t",
            "description": "d",
            "submitter_email": "a@example.org",
            "priority": 3,
        },
    )
    assert [(each.page, each.status) for each in inbox.received] == [(None, 401)]
    api.delete(f"/tickets/{answer.json()['id']}/")
