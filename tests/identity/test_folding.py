"""Folding of single values: what people write in many ways becomes one spelling, and folding that again changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.folding import (
    fold_birth,
    fold_company,
    fold_gender,
    fold_person,
    fold_place,
    fold_street,
    fold_text,
)
from tests.identity.source_people import CITIES, FAMILY, GIVEN, LINES, ORGANIZATIONS

ANY = (
    st.text()
    | st.text("aeß é'-.,王Яא\u202e 🙂1", max_size=20)
    | st.sampled_from(GIVEN + FAMILY + CITIES + LINES)
)


@given(ANY)
def test_texts_become_plain_lower_case_words_and_stay_so(text: str) -> None:
    folded = fold_text(text)
    assert folded.isascii() and folded == folded.lower() and "  " not in folded and folded == folded.strip()
    assert fold_text(folded) == folded


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_place(fold_place(text)) == fold_place(text)
    assert fold_birth(fold_birth(text)) == fold_birth(text)
    assert fold_gender(fold_gender(text)) == fold_gender(text)


@given(st.sampled_from(ORGANIZATIONS) | st.text("abz .&ß", max_size=12))
def test_companies_twice(text: str) -> None:
    assert fold_company(fold_company(text)) == fold_company(text)


@settings(max_examples=300)
@given(st.sampled_from((None, *GIVEN)), st.sampled_from((None, *FAMILY)))
def test_names_twice(given_name: str | None, family: str | None) -> None:
    once = fold_person(given_name, family, None)
    again = fold_person(once.given, once.family, None)
    assert (again.given, again.family) == (once.given, once.family)


@given(st.sampled_from(LINES))
def test_streets_twice(line: str) -> None:
    street, house = fold_street(line)
    assert fold_street(f"{street} {house}") == (street, house)


@settings(max_examples=300)
@given(ANY, ANY, ANY, st.sampled_from((None, "person", "organization")), ANY)
def test_no_name_breaks_it(given_name: str, family: str, full: str, kind: str | None, company: str) -> None:
    for part in fold_person(given_name, family, full, kind, company)[:-1]:
        assert part.isascii() and part == " ".join(part.split())


@pytest.mark.parametrize(
    ("given_name", "family", "folded"),
    [
        ("Jérôme", "O'Brien", ("jerome", "obrien")),
        ("Zoë", "Müller", ("zoe", "muller")),
        ("Łukasz", "Żółć", ("lukasz", "zolc")),
        ("Björk", "Guðmundsdóttir", ("bjork", "gudmundsdottir")),
        ("Юлия", "Иванова", ("yuliya", "ivanova")),
        ("Jan", "van den Berg", ("jan", "berg")),
        ("Ludwig", "von Berg", ("ludwig", "berg")),
        ("María", "de la Cruz", ("maria", "cruz")),
        ("Omar", "al-Farsi", ("omar", "farsi")),
        ("Anna", "Garcia-Lopez", ("anna", "garcia lopez")),
        ("Jean-Luc", "D’Angelo", ("jean luc", "dangelo")),
        ("Dr. Anna", "Berg", ("anna", "berg")),
        ("Ａｎｎａ", "Ｂｅｒｇ", ("anna", "berg")),
        ("\u202eAnna\u202c", "Be\u00adrg", ("anna", "berg")),
        ("An\u200bna", "Berg\ufeff", ("anna", "berg")),
        ("Anna 🙂", "Berg", ("anna", "berg")),
        ("小明", "王", ("xiaoming", "wang")),
    ],
)
def test_names_of_many_languages(given_name: str, family: str, folded: tuple[str, str]) -> None:
    person = fold_person(given_name, family, None)
    assert (person.given.replace(" ", ""), person.family) == (folded[0].replace(" ", ""), folded[1])


@pytest.mark.parametrize(
    ("full", "folded"),
    [
        ("Anna Berg", ("anna", "berg")),
        ("Berg, Anna", ("anna", "berg")),
        ("Dr. Anna van den Berg", ("anna", "berg")),
        ("王小明", ("xiaoming", "wang")),
        ("小明 王", None),
        ("김철수", ("cheolsu", "gim")),
        ("Mr Berg", ("", "berg")),
        ("anna.berg@example.com", ("", "")),
        ("unknown", ("", "")),
        ("12345", ("", "")),
    ],
)
def test_whole_names_are_taken_apart(full: str, folded: tuple[str, str] | None) -> None:
    person = fold_person(None, None, full)
    if folded is not None:
        assert (person.given.replace(" ", ""), person.family) == folded


@pytest.mark.parametrize(
    ("given_name", "family", "full", "suffix"),
    [
        ("John", "Jones Jr.", None, "jr"),
        ("John", "Jones, junior", None, "jr"),
        ("John Sr", "Jones", None, "sr"),
        (None, None, "Dr. John Jones III", "iii"),
        ("John", "Jones", None, ""),
    ],
)
def test_generations(given_name: str | None, family: str | None, full: str | None, suffix: str) -> None:
    person = fold_person(given_name, family, full)
    assert (person.given, person.family, person.suffix) == ("john", "jones", suffix)


@pytest.mark.parametrize(
    "full", ["Acme GmbH", "Acme Ltd.", "ACME, Inc.", "Acme L.L.C.", "Acme G.m.b.H.", "株式会社サンプル", "示例科技有限公司", "Berg & Co. KG mbH Ltd"]
)  # fmt: skip
def test_companies_are_no_people(full: str) -> None:
    person = fold_person(None, None, full)
    assert (person.given, person.family) == ("", "") and person.organization


@pytest.mark.parametrize("full", ["Anna As", "Marco Sa", "Ada Co", "Suresh B.V.", "Jo Ab", "Cher"])
def test_people_are_no_companies(full: str) -> None:
    assert fold_person(None, None, full).organization == ""


@given(
    st.sampled_from(("Acme", "Berg Bau")),
    st.sampled_from(("GmbH", "Ltd", "Inc.", "", "S.A.", "B. V.", "G.m.b.H.", "Co. KG")),
)
def test_a_legal_form_says_nothing(name: str, form: str) -> None:
    assert fold_company(f"{name} {form}") == fold_company(name)


@pytest.mark.parametrize(
    "text",
    ["", "0000-00-00", "1900-01-01", "1970-01-01T00:00:00Z", "9999-12-31", "2026-13-01", "1980-02-40", "1980-00-10", "02/03/80",
     "1980", "yesterday", "198002031", None],
)  # fmt: skip
def test_what_is_no_day_of_birth(text: object) -> None:
    assert fold_birth(text) == ""


@pytest.mark.parametrize(
    "text", ["1980-02-03", "1980-2-3", "19800203", "1980/02/03", "1980-02-03T10:00:00+02:00"]
)
def test_days_of_birth(text: str) -> None:
    assert fold_birth(text) == "19800203"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Old Mill Lane", "Old Mill Ln. 12"),
        ("Hauptstraße 5", "Hauptstr. 5"),
        ("ul. Długa 3", "Dluga 3"),
        ("The Avenue 7", "7 Ave"),
        ("5 Main Street, Apt.", "5 main st"),
    ],
)
def test_streets_are_written_in_many_ways(one: str, other: str) -> None:
    assert fold_street(one) == fold_street(other)


@pytest.mark.parametrize("fold", [fold_text, fold_place, fold_company, fold_street, fold_birth])
def test_a_long_text_is_not_read_to_its_end(fold) -> None:  # type: ignore[no-untyped-def]
    assert len("".join(fold("Ångström " * 5_000))) < 1_000
