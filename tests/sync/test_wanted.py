"""What is to be sent, held against what stands there: pure, so any fields will do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.mapping.out import WINNERS, OutRule, Win
from hub.sync import wanted

NAMES = ("a", "b", "c")
VALUES = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(0, 3),
    st.booleans(),
    st.lists(st.text(max_size=2), max_size=2),
)
FIELDS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))
SOME = st.dictionaries(st.sampled_from(NAMES), VALUES)
RULES = st.builds(
    lambda clear, wins: OutRule(fields=(), where="", clear=clear, wins=wins),
    st.frozensets(st.sampled_from(NAMES)),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*map(Win, WINNERS), Win("human", 30)])),
)
CAREFUL = OutRule(fields=(), where="")


@given(FIELDS, SOME, RULES)
def test_what_was_sent_need_not_be_sent_again(
    fields: dict[str, Any], held: dict[str, Any], rule: OutRule
) -> None:
    target = wanted.wanted(fields, rule)
    sent = {**held, **wanted.changed(target, held, rule)}
    assert wanted.changed(target, sent, rule) == {}


@given(FIELDS, SOME, RULES)
def test_nothing_is_emptied_that_the_mapping_does_not_name(
    fields: dict[str, Any], held: dict[str, Any], rule: OutRule
) -> None:
    change = wanted.changed(wanted.wanted(fields, rule), held, rule)
    assert {name for name, value in change.items() if wanted.is_empty(value)} <= rule.clear
    assert set(wanted.clears(change, held)) <= rule.clear


@given(FIELDS, SOME, RULES)
def test_what_is_there_is_not_filled(fields: dict[str, Any], held: dict[str, Any], rule: OutRule) -> None:
    change = wanted.changed(wanted.wanted(fields, rule), held, rule)
    filled = {name for name, win in rule.wins.items() if win.word == "fill"}
    assert not {name for name in change if name in filled and not wanted.is_empty(held.get(name))}


@given(FIELDS)
def test_a_new_record_gets_every_value_and_no_empty_field(fields: dict[str, Any]) -> None:
    change = wanted.changed(wanted.wanted(fields, CAREFUL), None, CAREFUL)
    assert change == {name: value for name, value in fields.items() if not wanted.is_empty(value)}


@given(FIELDS)
def test_a_copy_of_ours_is_written_whole(fields: dict[str, Any]) -> None:
    assert wanted.wanted(fields, None) == fields
    assert wanted.changed(fields, None, None) == fields


@given(FIELDS, FIELDS, FIELDS)
def test_three_versions_of_a_field_become_one(
    ours: dict[str, Any], agreed: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """By field: only they changed it: theirs stays; only we did, or both: ours goes, unless it stands there already."""
    rule = OutRule(fields=(), where="", clear=frozenset(NAMES))
    change = wanted.to_send(ours, agreed, theirs, rule)
    for name in NAMES:
        only_theirs = wanted.same(ours[name], agreed[name]) and not wanted.same(theirs[name], agreed[name])
        there_already = wanted.same(ours[name], theirs[name])
        assert (name in change) is not (only_theirs or there_already), name


@given(FIELDS)
def test_a_digest_knows_no_order_and_every_value(fields: dict[str, Any]) -> None:
    turned = dict(reversed(fields.items()))
    assert wanted.digest(turned) == wanted.digest(fields)
    assert wanted.digest({**fields, "a": "something else"}) != wanted.digest(fields)
    assert wanted.parsed(wanted.text(fields)) == fields


def test_one_is_not_true() -> None:
    assert not wanted.same(1, True)
    assert wanted.same(None, "")
    assert not wanted.same(0, None)
