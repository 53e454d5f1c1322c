"""Phone numbers in every notation; the quick reading agrees with the careful one."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical import phone
from hub.canonical.bad_value import BadValue
from hub.canonical.phone import known_region, normalise_phone

GOOD = [
    ("+1 202 555 0123", None, "+12025550123"),
    ("(202) 555-0123", "US", "+12025550123"),
    ("202.555.0123", "US", "+12025550123"),
    ("1-202-555-0123", "US", "+12025550123"),
    ("2025550123", "CA", "+12025550123"),
    (12025550123, "US", "+12025550123"),
    ("+1 202 555 0123 ext. 45", None, "+12025550123"),
    ("202-555-0123 x45", "US", "+12025550123"),
    ("tel:+1-202-555-0123", None, "+12025550123"),
    ("２０２５５５０１２３", "US", "+12025550123"),
    ("＋１　２０２　５５５　０１２３", None, "+12025550123"),
    ("\u202a+1 202 555 0123\u202c", None, "+12025550123"),
    ("202-JKL-0123", "US", "+12025550123"),  # letters are dialled
    ("0044 20 7946 0018", None, "+442079460018"),
    ("0044 20 7946 0018", "US", "+442079460018"),
    ("0044 20 7946 0018", "GB", "+442079460018"),
    ("011 44 20 7946 0018", "US", "+442079460018"),
    ("+44 (0)20 7946 0018", None, "+442079460018"),
    ("020 7946 0018", "GB", "+442079460018"),
    ("06 1234 5678", "IT", "+390612345678"),  # Italy keeps its zero
    ("138 0013 8000", "CN", "+8613800138000"),
    ("0 11 15 2345 6789", "AR", "+5491123456789"),  # a prefix that transforms the number
    ("8 8111234567", "BY", "+375111234567"),  # a prefix twice
    ("+800 1234 5678", None, "+80012345678"),  # belongs to no country
]

BAD = [
    ("2025550123", None, "HUB-3212"),
    ("12345", "US", "HUB-3211"),
    ("1234567890", "US", "HUB-3211"),
    ("0000000000", "US", "HUB-3211"),
    ("+999 123 456 789", None, "HUB-3211"),
    ("+", None, "HUB-3211"),
    ("unknown", "US", "HUB-3211"),
    ("call me", None, "HUB-3212"),
    ("9" * 10_000, "US", "HUB-3211"),
    (True, "US", "HUB-3211"),
    (202.5, "US", "HUB-3211"),
    (["+12025550123"], "US", "HUB-3211"),
]


@pytest.mark.parametrize(("raw", "region", "expected"), GOOD)
def test_a_number_becomes_e164(raw: object, region: str | None, expected: str) -> None:
    assert normalise_phone(raw, region) == expected


@pytest.mark.parametrize(("raw", "region", "code"), BAD)
def test_anything_else_is_refused_without_naming_it(raw: object, region: str | None, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        normalise_phone(raw, region)
    assert caught.value.code == code
    assert str(raw) not in str(caught.value)


@pytest.mark.parametrize("raw", [None, "", " \t"])
def test_nothing_is_absent(raw: object) -> None:
    assert normalise_phone(raw, "US") is None


def test_regions_are_known_or_not() -> None:
    assert known_region("US")
    assert not known_region("USA")


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A region, and digits near one of its real numbers in one of the ways they are written there and abroad."""
    region = draw(st.sampled_from(REGIONS))
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert plan is not None
    kinds = (
        plan.fixed_line,
        plan.mobile,
        plan.toll_free,
        plan.shared_cost,
        plan.voip,
        plan.uan,
        plan.premium_rate,
    )
    examples = [kind.example_number for kind in kinds if kind and kind.example_number]
    digits = list(draw(st.sampled_from([*examples, "2025550123"])))
    for _ in range(draw(st.integers(0, 4))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    number = "".join(digits)[draw(st.integers(0, 1)) :] + draw(st.sampled_from(["", "", "", "0", "12"]))
    code, national = str(plan.country_code), plan.national_prefix or ""
    before = draw(
        st.sampled_from(
            ["", "0", "1", "8", national, code, f"+{code}", f"+{code}{national}", f"00{code}", f"{code}0"]
        )
    )
    gap = draw(st.sampled_from(["", " ", "-", ".", ") "]))
    return region, f"{before}{gap}{number[:3]}{gap}{number[3:]}"


def _careful(text: str, region: str | None) -> str | None:
    try:
        return phone._carefully(text, region)
    except BadValue:
        return None


@settings(max_examples=3_000, deadline=None)
@given(written_numbers())
def test_the_quick_reading_is_the_careful_one(written: tuple[str, str]) -> None:
    region, text = written
    quick = phone._quickly(text, region)
    assert quick is None or quick == _careful(text, region)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(REGIONS), st.text(alphabet="+0123456789 -.()x/", max_size=22))
def test_the_quick_reading_is_the_careful_one_for_noise(region: str, text: str) -> None:
    quick = phone._quickly(text, region)
    assert quick is None or quick == _careful(text, region)


def test_the_quick_reading_answers_the_common_notations() -> None:
    common = [("+12025550123", None), ("(202) 555-0123", "US"), ("1 202 555 0123", "US"), ("020 7946 0018", "GB"),
              ("+44 20 7946 0018", "US"), ("0151 23456789", "DE"), ("13800138000", "CN")]  # fmt: skip
    assert all(phone._quickly(text, region) for text, region in common)


@settings(max_examples=1_000, deadline=None)
@given(written_numbers())
def test_normalising_twice_changes_nothing(written: tuple[str, str]) -> None:
    region, text = written
    once = _careful(text, region)
    if once is not None:
        assert normalise_phone(once, region) == once
        assert normalise_phone(once) == once
