import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.names import Name, agree, contradict, fold, fold_name

NAMES = st.one_of(
    st.none(), st.sampled_from(["Ann", "A", "Ann Marie", "Lee", "王小明", "Doe, Jane"]), st.text(max_size=12)
)


def name(text: str) -> Name:
    """`given|family` as columns, else a full name."""
    given, bar, family = text.partition("|")
    return fold_name(given or None, family or None, None) if bar else fold_name(None, None, text or None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann|Lee", "ann|LEE"),
        ("Ann|Lee", "Ann Lee"),
        ("Lee, Ann", "Ann Lee"),
        ("Ann|Lee", "Lee|Ann"),
        ("Ann|Lee", "A.|Lee"),
        ("Ann|Lee", "Ann Marie|Lee"),
        ("Ann|Lee", "Ann|"),
        ("Jérôme|O'Brien", "Jerome|OBrien"),
        ("Ann|García López", "Ann|García"),
        ("王小明", "小明|王"),
        ("Dr. Ann Lee", "Ann Lee"),
    ],
)
def test_these_may_be_one_person(one: str, other: str) -> None:
    assert agree(name(one), name(other))
    assert agree(name(other), name(one))
    assert not contradict(name(one), name(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann|Lee", "Bob|Lee"),
        ("Ann|Lee", "Ann|Poe"),
        ("Ann Lee", "Bob Lee"),
        ("王小明", "王小红"),
        ("John|Doe Jr.", "John|Doe Sr."),
    ],
)
def test_these_are_two(one: str, other: str) -> None:
    assert not agree(name(one), name(other))
    assert contradict(name(one), name(other))


@pytest.mark.parametrize(("one", "other"), [("Ann|Lee", "|Lee"), ("|Lee", "|Lee"), ("", "Ann|Lee"), ("", "")])
def test_without_both_given_names_nothing_agrees_and_nothing_contradicts(one: str, other: str) -> None:
    assert not agree(name(one), name(other))
    assert not contradict(name(one), name(other))


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_agreeing_is_symmetric_and_excludes_contradicting(
    one: tuple[str | None, ...], other: tuple[str | None, ...]
) -> None:
    a, b = fold_name(*one), fold_name(*other)
    assert agree(a, b) == agree(b, a)
    assert contradict(a, b) == contradict(b, a)
    assert not (agree(a, b) and contradict(a, b))
    assert not contradict(a, a)


def test_folding_takes_any_length_and_script() -> None:
    assert fold("Ünïcödé  Ñame") == "unicode name"
    assert len(fold("x" * 5_000)) <= 200
    assert fold("\u202eAnn\u200b") == "ann"
    assert len(fold_name(None, None, "n" * 5_000).whole) <= 200
    assert fold_name("🙂", "\u0301", "\u2067") == fold_name("🙂", "\u0301", None)
