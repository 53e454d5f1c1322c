"""The `out:` block: what it renders, for whom, and what it says of rows that are there."""

from __future__ import annotations

import pytest

from hub.errors import MappingError
from hub.mapping import Mapping, compile, document
from hub.mapping.out import OutLink, OutRule, Win

OUT = """\
mapping: crm
connector: crm
out:
  companies:
    when: $.kind | eq(organization)
    fields: {Name: $.organization_name}
  contacts:
    when: [$.kind | eq(person), $.email | present]
    fields: {Email: $.email, Name: $.full_name, Job: $.job_title}
    clear: [Job]
    fill: [Name]
    gone: delete
    missing: unlink
"""


def mapping() -> Mapping:
    return compile(document.parse(OUT, "crm.yaml"))


ANN = {"kind": "person", "email": "ann@example.com", "full_name": "Ann Lee"}
SHOP = {"kind": "organization", "organization_name": "Tea Ltd", "email": "tea@example.com"}


def test_objects_come_in_the_order_they_are_written() -> None:
    assert mapping().objects == ("companies", "contacts")


def test_an_object_is_for_those_for_whom_every_condition_holds() -> None:
    people = [ANN, SHOP, {**ANN, "email": None}, {}]
    assert mapping().is_for("contacts", people) == [True, False, False, False]
    assert mapping().is_for("companies", people) == [False, True, False, False]
    assert mapping().is_for("contacts", []) == []


def test_what_may_be_done_to_rows_is_careful_unless_it_says_otherwise() -> None:
    rule = mapping().out_rule("companies")
    assert (rule.clear, rule.wins, rule.gone, rule.missing) == (frozenset(), {}, "keep", "ask")
    rule = mapping().out_rule("contacts")
    assert isinstance(rule, OutRule)
    assert (rule.clear, rule.wins) == ({"Job"}, {"Name": Win("fill")})
    assert (rule.gone, rule.missing) == ("delete", "unlink")


def test_every_word_of_it_counts_for_the_hash() -> None:
    other = compile(document.parse(OUT.replace("gone: delete", "gone: keep"), "crm.yaml"))
    assert other.out_hash != mapping().out_hash


RULED = """\
mapping: crm
connector: crm
streams:
  contacts:
    emit:
      - {entity: customer, key: $.id, fields: {email: $.mail, job_title: $.job}}
      - {entity: customer, type: lead, key: $.lead, fields: {job_title: $.job}}
out:
  contacts:
    fields: {Id: $.customer_id, Email: $.email | lower, Job: $.job_title, Tags: [$.kind], Status: active}
    wins:
      Email: ours
      Job: human 30 days
      Tags: append
    direction: {Job: out, Status: in}
    match: [Email]
    gone: {tag: {Status: removed, Tags: [removed]}}
"""


def test_whose_word_counts_is_told_by_field() -> None:
    rule = compile(document.parse(RULED, "crm.yaml")).out_rule("contacts")
    assert [str(rule.winner(name)) for name in ("Id", "Email", "Job", "Tags")] == [
        "merge", "ours", "human 30 days", "append",
    ]  # fmt: skip
    assert (rule.direction, rule.match) == ({"Job": "out", "Status": "in"}, ("Email",))
    assert (rule.gone, rule.tag) == ("tag", {"Status": "removed", "Tags": ["removed"]})
    assert (rule.field_of("email"), rule.field_of("customer_id"), rule.field_of("kind")) == (
        "Email",
        "Id",
        None,
    )
    assert (rule.sends("Job"), rule.sends("Status")) == (True, False)


LINKED = RULED.replace("out:\n", "out:\n  companies:\n    fields: {Id: $.customer_id}\n").replace(
    "    wins:\n", "    links: {Firm: {company: companies}}\n    wins:\n      Firm: fill\n"
)


def test_a_field_may_name_a_record_of_an_object_that_is_written_before() -> None:
    rule = compile(document.parse(LINKED, "crm.yaml")).out_rule("contacts")
    assert rule.links == (OutLink("Firm", "company", "companies"),)
    assert str(rule.winner("Firm")) == "fill"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("    links: {Firm: {company: contacts}}", "HUB-1203"),
        ("    links: {Firm: {firm: companies}}", "HUB-1203"),
        ("    links: {Firm: {}}", "HUB-1204"),
        ("    links: {Email: {company: companies}}", "HUB-1205"),
    ],
)
def test_a_link_that_leads_nowhere_is_told_with_its_line(wrong: str, code: str) -> None:
    text = LINKED.replace("    links: {Firm: {company: companies}}", wrong)
    with pytest.raises(MappingError) as caught:
        document.parse(text, "crm.yaml")
    assert (caught.value.code, caught.value.where) == (code, f"crm.yaml:{text.splitlines().index(wrong) + 1}")


def test_what_only_goes_out_is_not_read_from_records_of_that_type() -> None:
    told = compile(document.parse(RULED, "crm.yaml"))
    both = compile(document.parse(RULED.replace("Job: out, ", ""), "crm.yaml"))
    raw = {"id": 1, "lead": 2, "mail": "ann@example.com", "job": "buyer"}
    for mapping, jobs in ((told, [None, "buyer"]), (both, ["buyer", "buyer"])):
        batches = mapping.apply("contacts", [(1, raw)]).batches
        assert [batch.columns.get("job_title", [None])[0] for batch in batches] == jobs
    assert told.hash != both.hash, "its records are mapped again"


@pytest.mark.parametrize(
    ("line", "wrong", "code"),
    [
        ("      Email: ours", "      Mail: ours", "HUB-1203"),
        ("      Email: ours", "      Email: mine", "HUB-1203"),
        ("      Job: human 30 days", "      Job: human", "HUB-1203"),
        ("    direction: {Job: out, Status: in}", "    direction: {Job: away}", "HUB-1203"),
        ("    direction: {Job: out, Status: in}", "    direction: {Tags: out}", "HUB-1205"),
        ("    match: [Email]", "    match: [Mail]", "HUB-1203"),
        ("    match: [Email]", "    fill: [Email]", "HUB-1205"),
        (
            "    gone: {tag: {Status: removed, Tags: [removed]}}",
            "    gone: {tag: {State: removed}}",
            "HUB-1203",
        ),
        ("    gone: {tag: {Status: removed, Tags: [removed]}}", "    gone: {tag: {}}", "HUB-1205"),
        ("    gone: {tag: {Status: removed, Tags: [removed]}}", "    gone: tag", "HUB-1203"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, wrong: str, code: str) -> None:
    text = RULED.replace(line, wrong)
    with pytest.raises(MappingError) as caught:
        document.parse(text, "crm.yaml")
    assert caught.value.code == code
    at = wrong if code != "HUB-1205" or "fill" not in wrong else "      Email: ours"
    assert caught.value.where == f"crm.yaml:{text.splitlines().index(at) + 1}"
