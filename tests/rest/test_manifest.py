"""A manifest is checked before it runs: each mistake is named with its line and what may stand there."""

from __future__ import annotations

import textwrap

import pytest
from pydantic import SecretStr, ValidationError

from hub.errors import ConfigError
from hub.plugins.check import check_connector
from hub.rest import load_manifest, make_connector, parse_manifest

#: A whole source: two streams, one of them a child, changes in windows, deletions, limits.
DESK = """\
name: desk
title: Example Desk
config:
  subdomain: The part of your address before .example.com
  token: {description: "API token, from Settings, API", secret: true}
client:
  base_url: "https://{config.subdomain}.example.com/api"
  auth: {type: bearer, token: "{config.token}"}
  limits: [{rate: 400/min, concurrency: 4}]
defaults:
  key: id
  paginate: {type: cursor, next: $.meta.after, send: "page[after]", more: $.meta.has_more}
streams:
  users:
    path: /users
    records: $.users[*]
    cursor: {field: updated_at, send: {since: start, until: end}, order: unknown, start: "2020-01-01", window: 7d}
    deletes: {method: full_scan, every: 7d}
    errors: [{status: 403, action: skip_stream, kind: permission}]
  tickets: {path: "/users/{users.id}/tickets", records: "$.tickets[*]", deletes: none}
"""


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_manifest(text, "desk/connector.yaml")
    return caught.value


def test_a_two_stream_source_is_at_most_25_lines():
    document = parse_manifest(DESK)
    assert len(DESK.splitlines()) <= 25
    assert document.parents == {"tickets": "users"}
    assert document.manifest.streams["tickets"].key == "id"
    desk = make_connector(document)
    check_connector(desk)
    told = desk(desk.Config(subdomain="acme", token=SecretStr("word"))).streams()
    assert [(stream.name, stream.key, stream.deletes) for stream in told] == [
        ("users", "id", "full_scan"),
        ("tickets", "id", "none"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "words"),
    [
        ("paginate: {", "pagniate: {", "HUB-1003", 12, "Did you mean 'paginate'?"),
        ("  limits:", "  limts:", "HUB-1003", 9, "Did you mean 'limits'?"),
        ("{type: bearer,", "{type: beare,", "HUB-1004", 8, "Did you mean 'bearer'?"),
        ("{type: bearer,", "{", "HUB-1005", 8, "client.auth.type is missing"),
        ("token: \"{config", "tokn: \"{config", "HUB-1005", 8, "unknown setting 'tokn' Did you mean 'token'?"),
        ("order: unknown, ", "", "HUB-1005", 17, "cursor.order is missing"),
        ("order: unknown", "order: descending", "HUB-1004", 17, "Did you mean 'ascending'?"),
        ("  key: id\n", "", "HUB-1005", 13, "streams.users.key is missing"),
        (", deletes: none}", "}", "HUB-1005", 20, "streams.tickets.deletes is missing"),
        ("    records: $.users[*]\n", "", "HUB-1005", 14, "streams.users.records is missing"),
        ("next: $.meta.after, ", "", "HUB-1005", 12, "paginate.cursor.next is missing"),
        ("$.users[*]", "$.users", "HUB-1004", 16, "ends in a list"),
        ("key: id", "key: $.id", "HUB-1004", 11, "written without $"),
        ("window: 7d", "window: a week", "HUB-1004", 17, "a duration looks like"),
        ("400/min", "400", "HUB-1004", 9, "a rate looks like"),
        ("status: 403, ", "", "HUB-1004", 19, "a rule needs `status`"),
        ("token: {description: ", "token: {descripton: ", "HUB-1005", 5, "Did you mean 'description'?"),
        ("  subdomain:", "  Sub-domain:", "HUB-1004", 4, "unknown name 'Sub-domain'"),
        ("{config.subdomain}", "{confg.subdomain}", "HUB-4601", 7, "Did you mean 'config'?"),
        ("{config.subdomain}", "{config.subdomian}", "HUB-4601", 7, "Did you mean 'subdomain'?"),
        ("{users.id}", "{user.id}", "HUB-4601", 20, "Did you mean 'users'?"),
        ("https://{config.subdomain}", "https://{subdomain}", "HUB-4602", 7, "{config.field}"),
        ("{users.id}", "{tickets.id}", "HUB-4603", 20, "tickets belongs to itself"),
        ("path: /users\n", 'path: "/users/{tickets.id}"\n', "HUB-4603", 15, "users belongs to itself, over"),
        (", until: end", "", "HUB-4604", 17, "upper bound"),
        ("send: {since: start, until: end}, ", "", "HUB-4604", 17, "the vendor is not told since when"),
        ("start: \"2020-01-01\", ", "", "HUB-1004", 17, "`window` needs `start`"),
        (", every: 7d", "", "HUB-4604", 18, "needs `every`"),
        ("{method: full_scan, every: 7d}", "tombstone", "HUB-4604", 18, "which field says"),
        ("deletes: none}", "deletes: none, parents: changed, cursor: {field: a, order: unknown, send: {since: s}}}",
         "HUB-4604", 20, "only changed parents are visited"),
        ("deletes: none}", "deletes: none, entity: tiket}", "HUB-4604", 20, "Did you mean 'ticket'?"),
        ("name: desk", "name: Desk", "HUB-1004", 1, "pattern"),
        ("streams:\n", "streems:\n", "HUB-1003", 13, "Did you mean 'streams'?"),
        ("title: Example Desk", "title: [Example", "HUB-1002", 3, "this is not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(old, new, code, line, words):
    text = DESK.replace(old, new, 1)
    assert text != DESK
    error = refused(text)
    assert (error.code, error.where) == (code, f"desk/connector.yaml:{line}"), str(error)
    assert words in str(error)


def test_a_setting_that_may_be_absent_cannot_stand_inside_a_text():
    text = DESK.replace(
        "  subdomain: The part", "  subdomain: {optional: true, description: The part"
    ).replace(".example.com\n  token", ".example.com}\n  token", 1)
    error = refused(text)
    assert (error.code, error.where) == ("HUB-4605", "desk/connector.yaml:7")


def test_parents_form_a_chain():
    more = """
      notes: {path: "/t/{tickets.id}/notes/{users.name}", records: "$[*]", deletes: none}
      other: {path: "/o/{users.id}/{shops.id}", records: "$[*]", deletes: none}
      shops: {path: /shops, records: "$[*]", deletes: none}
    """
    lines = textwrap.indent(textwrap.dedent(more).strip(), "  ").splitlines(keepends=True)
    document = parse_manifest(DESK + lines[0])
    assert document.parents == {"tickets": "users", "notes": "tickets"}
    error = refused(DESK + "".join(lines))
    assert (error.code, error.where) == ("HUB-4603", "desk/connector.yaml:22")


def test_braces_of_a_query_language_may_stand_in_a_body():
    body = 'method: POST, body: {query: "query ($n: Int) { users(first: $n) { id } }"}'
    text = DESK.replace("deletes: none}", f"deletes: none, {body}}}")
    assert parse_manifest(text).manifest.streams["tickets"].body is not None


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_manifest(tmp_path / "desk" / "connector.yaml")
    assert (caught.value.code, caught.value.where) == ("HUB-1002", "desk/connector.yaml")


def test_the_settings_become_a_model():
    text = DESK.replace(
        "  token:",
        """\
  plan: {description: Your plan, choices: [team, pro], default: team}
  since: {description: Read from then on, type: date, optional: true}
  requests: {description: Requests a minute, type: integer, default: 400, min: 10, max: 700}
  region: {description: The region, pattern: "[a-z]{2}", default: eu}
  token:""",
    )
    config = make_connector(parse_manifest(text)).Config
    made = config(subdomain="acme", token="secret-word")
    assert (made.plan, made.since, made.requests, made.region) == ("team", None, 400, "eu")
    assert "secret-word" not in repr(made)
    for wrong in (
        {"plan": "free"},
        {"requests": 5},
        {"region": "EU"},
        {"since": "soon"},
        {"tokn": "x"},
        {"token": None},
    ):
        with pytest.raises(ValidationError):
            config(**{"subdomain": "acme", "token": "t", **wrong})
    with pytest.raises(ValidationError):
        config(token="t")
