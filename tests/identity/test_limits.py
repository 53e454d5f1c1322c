"""Which identifiers count against limits."""

from __future__ import annotations

import numpy as np

from hub.identity import IdentityPolicy
from hub.identity.features import PART
from hub.identity.limits import Counted, as_feature, counted
from tests.identity.source_people import Source, folded

POLICY = IdentityPolicy()


def held(records: list[Source], component: list[int] | None = None) -> Counted:
    features = folded(records)
    return counted(features, POLICY, np.array(component or [0] * len(records), np.int32))


def other(type_: str, issuer: str, value: str) -> str:
    return as_feature(type_, issuer, value)[1]


def test_each_identifier_counts_by_its_kind_the_most_trusted_kind_first() -> None:
    told = held(
        [
            {"email": ["anna@example.com"], "phone": ["+12025550101"]},
            {"email": ["anna@example.com", "b@example.com"], "other": [other("user_id", "shop", "u1"), other("user_id", "desk", "u1")]},
        ]
    )  # fmt: skip
    assert told.kinds == [("user_id", "desk"), ("user_id", "shop"), ("email", ""), ("phone", "")]
    assert told.limits == (1, 1, 5, 5)
    assert told.exclusive == (True, True, False, False)
    rows = sorted(zip(told.holder.tolist(), told.kind.tolist(), strict=True))
    assert rows == [(0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 2)]
    same = told.value[(told.kind == 2)]
    assert len(set(same.tolist())) == 2


def test_a_mailbox_counts_once_however_it_is_written() -> None:
    told = held([{"email": ["a.nna@gmail.com", "anna+shop@gmail.com"]}])
    assert len(set(told.value.tolist())) == 1


def test_a_slip_of_the_pen_in_a_tax_number_is_no_other_number_within_a_component() -> None:
    records: list[Source] = [
        {"other": [other("tax_id", "", value)]} for value in ("1234567", "1234568", "1234569", "7654321")
    ]
    assert len(set(held(records).value.tolist())) == 2
    assert len(set(held(records, [0, 1, 2, 3]).value.tolist())) == 4


def test_a_machine_made_id_is_exact() -> None:
    records: list[Source] = [{"other": [other("user_id", "", value)]} for value in ("1234567", "1234568")]
    assert len(set(held(records).value.tolist())) == 2


def test_where_features_hold_an_identifier() -> None:
    assert as_feature("order_email", "", "a@example.com") == ("email", "a@example.com")
    assert as_feature("phone", "", "+12025550101") == ("phone", "+12025550101")
    assert as_feature("crm_id", "desk", "7") == ("other", PART.join(("crm_id", "desk", "7")))


def test_nobody_holds_nothing() -> None:
    told = held([{}, {}])
    assert (len(told.holder), told.kinds, told.limits) == (0, [], ())
