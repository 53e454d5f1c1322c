from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hub.identity import IdentityPolicy, identifier_rows, keys_of, linking, touch

POLICY = IdentityPolicy.parse("retire: {records: 3}")


def test_rows_come_from_the_email_the_phone_and_the_list() -> None:
    rows = identifier_rows(
        [7, 8, 9],
        {
            "email": ["a@x.example", None, None],
            "phone": [None, "+12025550101", None],
            "identifiers": [
                '[{"type":"user_id","issuer":"shop","value":"42","label":"main","verified":true},'
                '{"type":"email","issuer":"ignored","value":"a@x.example","verified":true,"shown":"A@x.example"},'
                '{"type":"email","value":"b@x.example"}]',
                "[]",
                '[{"type":"cookie","value":17},{"type":"cookie","value":" "},{"value":"x"},{"type":"cookie","value":null}]',
            ],
        },
    )
    assert sorted(rows, key=lambda row: row[:4]) == [
        (7, "email", "", "a@x.example", "A@x.example", None, 1, 1),
        (7, "email", "", "b@x.example", None, None, 0, 0),
        (7, "user_id", "shop", "42", None, "main", 0, 1),
        (8, "phone", "", "+12025550101", None, None, 1, 0),
        (9, "cookie", "", "17", None, None, 0, 0),
        (9, "other", "", "x", None, None, 0, 0),
    ]


def test_records_without_anything_have_no_rows() -> None:
    assert identifier_rows([1, 2], {}) == []
    assert identifier_rows([1], {"email": [None], "phone": [""], "identifiers": [None]}) == []


def test_blocked_values_stay_rows_and_link_nobody() -> None:
    rows = identifier_rows([1, 2], {"email": ["info@x.example", "jane@x.example"]})
    assert len(rows) == 2
    assert linking(rows, IdentityPolicy()) == [(2, "email", "", "jane@x.example")]
    assert keys_of(linking(rows, IdentityPolicy())) == {("email", "", "jane@x.example")}


def _holders(source_ids: list[int], value: str = "a@x.example") -> list[tuple[int, str, str, str]]:
    return [(source, "email", "", value) for source in source_ids]


def test_a_new_record_that_shares_nothing_is_not_concerned() -> None:
    now = _holders([1], "a@x.example") + _holders([2], "b@x.example")
    assert touch(now, [], [], POLICY).changed == frozenset()


def test_sharing_within_the_batch_or_with_others_before_or_after_concerns_both_sides() -> None:
    assert touch(_holders([1, 2]), [], [], POLICY).changed == {1, 2}
    arrives = touch(_holders([1]), [], _holders([9]), POLICY)
    assert (arrives.changed, arrives.neighbours) == ({1}, {9})
    leaves = touch([], _holders([1]), _holders([9]), POLICY)
    assert (leaves.changed, leaves.neighbours) == ({1}, {9})
    both_left = touch([], _holders([1, 2]), [], POLICY)
    assert both_left.changed == {1, 2}


def test_a_value_that_is_used_too_widely_before_and_after_concerns_nobody() -> None:
    crowd = _holders([91, 92, 93, 94])  # one more than may have it, which is as many as are asked for
    assert len(crowd) == POLICY.holders_limit
    assert touch(_holders([1]), [], crowd, POLICY).changed == frozenset()
    crossing = touch(_holders([1]), [], crowd[:3], POLICY)
    assert (crossing.changed, crossing.neighbours) == ({1}, {91, 92, 93})


@given(
    before=st.sets(st.tuples(st.integers(1, 6), st.sampled_from("abc"))),
    now=st.sets(st.tuples(st.integers(1, 6), st.sampled_from("abc"))),
    others=st.sets(st.tuples(st.integers(11, 16), st.sampled_from("abc"))),
)
def test_touch_equals_its_definition(
    before: set[tuple[int, str]], now: set[tuple[int, str]], others: set[tuple[int, str]]
) -> None:
    cap = POLICY.document.retire.records
    had, has = Counter(v for _, v in before | others), Counter(v for _, v in now | others)
    open_values = {
        v
        for v in "abc"
        if (1 < had[v] <= cap or 1 < has[v] <= cap) or (min(had[v], has[v]) <= cap < max(had[v], has[v]))
    }
    asked: list[tuple[int, str]] = []
    for value in "abc":
        asked += sorted(one for one in others if one[1] == value)[: POLICY.holders_limit]

    def rows(pairs: object) -> list[tuple[int, str, str, str]]:
        return [(source, "email", "", value) for source, value in sorted(pairs)]  # type: ignore[call-overload]

    found = touch(rows(now), rows(before), rows(asked), POLICY)
    assert found.changed == {source for source, value in before | now if value in open_values}
    assert found.neighbours == {source for source, value in others if value in open_values}
