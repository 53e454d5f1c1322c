"""Mapping documents that are wrong: every error names file and line, and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import MappingError, PluginError
from hub.mapping import compile, document

EMIT = "streams:\n  s:\n    emit:\n      - entity: customer\n        key: $.id\n"


def fields(*lines: str) -> str:
    return EMIT + "        fields:\n" + "".join(f"          {line}\n" for line in lines)


#: document, code, line, a phrase of the message or hint
WRONG = [
    ("", "HUB-1200", 1, "empty"),
    ("streams: [", "HUB-1200", 1, "YAML"),
    ("- a", "HUB-1205", 1, "a table"),
    ("mapping: shop\n", "HUB-1204", 1, "'streams' or 'out'"),
    ("mapping: shop\nstream: {}\n", "HUB-1203", 2, "Did you mean 'streams'?"),
    ("mapping: a\nmapping: b\n", "HUB-1213", 2, "m.yaml:1"),
    ('mapping: "\\ud800"\nout: {}\n', "HUB-1205", 1, "surrogate"),
    ("mapping: 7\nout: {}\n", "HUB-1205", 1, "must be text, found 7"),
    ("defaults: {regoin: US}\n" + EMIT, "HUB-1203", 1, "Did you mean 'region'?"),
    ("enums: {a: [b]}\n" + EMIT, "HUB-1205", 1, "a table"),
    ("enums: {a: {b: }}\n" + EMIT, "HUB-1205", 1, "found nothing"),
    ("streams:\n  s: {}\n", "HUB-1204", 2, "'emit'"),
    ("streams:\n  s:\n    emit: []\n", "HUB-1205", 3, "emits nothing"),
    ("streams:\n  s:\n    emit:\n      - key: $.id\n", "HUB-1204", 4, "'entity'"),
    ("streams:\n  s:\n    emit:\n      - entity: customer\n", "HUB-1204", 4, "'key'"),
    ("streams:\n  s:\n    emit:\n      - entity: custmer\n        key: $.id\n", "HUB-1206", 4, "Did you mean 'customer'?"),
    (EMIT + "        filds: {}\n", "HUB-1203", 6, "Did you mean 'fields'?"),
    (EMIT + "        rank: -1\n", "HUB-1205", 6, "at least 0"),
    (EMIT + "        required: yes\n", "HUB-1205", 6, "true or false"),
    (EMIT + "        each: lines\n", "HUB-1209", 6, "must be a path"),
    (EMIT + "        each: $.a | lower\n", "HUB-1209", 6, "must be a path"),
    (EMIT + '        each: "@.a"\n', "HUB-1209", 6, "no current item"),
    (EMIT + "        when: active\n", "HUB-1205", 6, "must be an expression"),
    (EMIT + "        when: {a: $.b}\n", "HUB-1205", 6, "must be an expression"),
    ("streams:\n  s:\n    emit:\n      - entity: customer\n        key: fixed\n", "HUB-1205", 5, "made of paths"),
    ("streams:\n  s:\n    emit:\n      - entity: customer\n        key: {a: $.id}\n", "HUB-1205", 5, "list of parts"),
    (fields("emial: $.email"), "HUB-1207", 7, "Did you mean 'email'?"),
    (fields("email: $.email |"), "HUB-1209", 7, "expected a function"),
    (fields("email: $..email"), "HUB-1209", 7, "at sign 3"),
    (fields("email: $.a b"), "HUB-1209", 7, "expected `|` or the end"),
    (fields('email: "@.email"'), "HUB-1209", 7, "no"),
    (fields('email: "$.email | default(@.x)"'), "HUB-1209", 7, "none here"),
    (fields("phone: $.phone", "email: $.email | lowr"), "HUB-1208", 8, "Did you mean 'lower'?"),
    (fields("email: $.email | lower(1)"), "HUB-1210", 7, "0 to 0 arguments, found 1"),
    (fields("email: $.email | required | lower"), "HUB-1210", 7, "stands last"),
    (fields('email: $.email | regex("(")'), "HUB-1210", 7, "pattern"),
    (fields('email: $.email | regex("a", 1)'), "HUB-1210", 7, "no such group"),
    (fields("email: $.email | default"), "HUB-1210", 7, "default(value)"),
    (fields("known_since: $.at | epoch(hours)"), "HUB-1210", 7, "s, ms or us"),
    (fields("kind: $.kind | enum(kinds)"), "HUB-1211", 7, "enum table"),
    ("enums:\n  kinds:\n    a: person\n    b: humn\n" + fields("kind: $.kind | enum(kinds)"), "HUB-1211", 4, "person"),
    (fields("email: [$.a, $.b]"), "HUB-1205", 7, "{first:"),
    (fields("email: {a: $.b}"), "HUB-1205", 7, "not a list or a table"),
    (fields("email: {first: []}"), "HUB-1205", 7, "lists nothing"),
    (fields("organization: $.company"), "HUB-1205", 7, "{type: organization, key: $.path}"),
    (fields("organization: {id: $.company}"), "HUB-1203", 7, "key"),
    (fields("identifiers: $.ids"), "HUB-1205", 7, "beside `fields`"),
    (fields("email: nobody"), "HUB-1218", 7, "cannot hold"),
    (fields("kind: human"), "HUB-1218", 7, "person, organization, unknown"),
    (EMIT + "        identifiers:\n          - {type: mail, value: $.a}\n", "HUB-1212", 7, "Did you mean 'email'?"),
    (EMIT + "        identifiers:\n          - {type: email}\n", "HUB-1204", 7, "'value'"),
    (EMIT + "        identifiers:\n          - {type: email, value: [$.a]}\n", "HUB-1205", 7, "one value"),
    (EMIT + '        identifiers:\n          - {type: email, value: "@"}\n', "HUB-1209", 7, "none here"),
    (EMIT + '        identifiers:\n          - {type: email, each: "@.b", value: "@"}\n', "HUB-1209", 7, "none here"),
    (EMIT.replace("customer", "order") + "        identifiers: []\n", "HUB-1205", 6, "only a customer"),
    ("defaults: {region: USA}\n" + EMIT, "HUB-1215", None, "two letters"),
    ("defaults: {timezone: Berlin}\n" + EMIT, "HUB-1215", None, "Europe/Berlin"),
    ("defaults: {currency: Dollar}\n" + EMIT, "HUB-1215", None, "USD"),
    ("defaults: {language: Elvish}\n" + EMIT, "HUB-1215", None, "en"),
    ("out: {customers: {columns: {}}}\n", "HUB-1203", 1, "fields"),
    ("out: {contacts: {fields: {A: $.a}, clear: [a]}}\n", "HUB-1203", 1, "unknown field 'a'"),
    ("out: {contacts: {fields: {A: $.a}, fill: A}}\n", "HUB-1205", 1, "a list"),
    ("out: {contacts: {fields: {A: $.a}, gone: drop}}\n", "HUB-1203", 1, "keep"),
    ("out: {contacts: {fields: {A: $.a}, purpose: marketin}}\n", "HUB-1203", 1, "Did you mean 'marketing'?"),
    ("out: {contacts: {fields: {A: $.a}, opt_out: {A: {purpose: marketing, value: true}}}}\n", "HUB-1205", 1, "`opt_out`"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: marketing}}}}\n", "HUB-1204", 1, "'value'"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: marketin, value: 1}}}}\n", "HUB-1203", 1, "'marketing'?"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: [], value: 1}}}}\n", "HUB-1205", 1, "purposes"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: other, channel: mail, value: 1}}}}\n", "HUB-1203", 1, "email"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: other, value: ''}}}}\n", "HUB-1205", 1, "said no"),
    ("out: {contacts: {fields: {}, opt_out: {A: {purpose: other, value: 1}}, clear: [A]}}\n", "HUB-1203", 1, "'A'"),
    ("out: {contacts: {fields: {A: $.a}, missing: recreate}}\n", "HUB-1203", 1, "Did you mean 'create'?"),
    ("out: {contacts: {fields: {A: $.a}, when: '@.kind | present'}}\n", "HUB-1209", 1, "none here"),
    ("out:\n  customers:\n    fields:\n      A: $.a | nothing\n", "HUB-1208", 4, "unknown function"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "phrase"), WRONG)
def test_a_wrong_document_is_refused_with_its_line(
    text: str, code: str, line: int | None, phrase: str
) -> None:
    with pytest.raises(MappingError) as caught:
        compile(document.parse(text, "m.yaml"))
    assert caught.value.code == code
    assert caught.value.where == ("m.yaml" if line is None else f"m.yaml:{line}")
    assert phrase in f"{caught.value.message} {caught.value.hint}"


def test_the_same_document_without_the_mistake_is_taken() -> None:
    for text in (EMIT, fields("email: $.email | lower", "kind: person"), "out: {customers: {fields: {}}}\n"):
        compile(document.parse(text, "m.yaml"))


def test_deep_and_looping_documents_are_refused() -> None:
    for text in ("a: &a [*a]", "a: " + "[" * 200 + "]" * 200):
        with pytest.raises(MappingError, match="HUB-1200"):
            document.parse(text, "m.yaml")


def test_a_document_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mappings" / "shop.yaml"
    path.parent.mkdir()
    path.write_text("# names\n" + EMIT)
    found = document.load(path)
    assert (found.name, found.connector, found.file) == ("shop", "shop", "mappings/shop.yaml")
    assert found.text.startswith("# names")
    assert found.streams["s"][0].where == "mappings/shop.yaml:5"
    assert document.load(path, "own.yaml").file == "own.yaml"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "shop.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MappingError, match="HUB-1201"):
        document.load(path)


def test_words_that_look_like_other_kinds_stay_words() -> None:
    text = "enums: {t: {1: person, true: unknown, no: organization, 2026-01-01: person}}\n" + EMIT
    assert list(document.parse(text, "m.yaml").enums["t"].words) == ["1", "true", "no", "2026-01-01"]


def test_aliases_repeat_a_part() -> None:
    text = fields("email: &mail $.email", "lead_source: *mail")
    rules = document.parse(text, "m.yaml").streams["s"][0].fields
    assert [rule.field.name for rule in rules] == ["email", "lead_source"]


def test_a_plugin_may_add_functions_but_not_replace_ours() -> None:
    text = fields("email: $.email | shout")
    with pytest.raises(MappingError, match="HUB-1208"):
        compile(document.parse(text, "m.yaml"))
    compile(document.parse(text, "m.yaml"), functions={"shout": lambda value: value})
    with pytest.raises(MappingError, match="HUB-1210"):
        compile(document.parse(text, "m.yaml"), functions={"shout": lambda value, volume: value})
    with pytest.raises(PluginError, match="HUB-2003"):
        compile(document.parse(text, "m.yaml"), functions={"lower": lambda value: value})


def test_a_connections_defaults_are_checked_too() -> None:
    with pytest.raises(MappingError, match="HUB-1203"):
        compile(document.parse(EMIT, "m.yaml"), defaults={"zone": "UTC"})
    with pytest.raises(MappingError, match="HUB-1215"):
        compile(document.parse(EMIT, "m.yaml"), defaults={"timezone": "../etc"})
