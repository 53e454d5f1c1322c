"""Countries and languages."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.countries import COUNTRIES
from hub.canonical.languages import LANGUAGES
from hub.canonical.place import normalise_country, normalise_language


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), (" Germany ", "DE"), ("DEUTSCHLAND", "DE"), ("UK", "GB"), ("U.S.A.", "US"),
        ("United States of America", "US"), ("el", "GR"), ("Osterreich", "AT"), ("Österreich", "AT"), ("中国", "CN"),
        ("대한민국", "KR"), ("日本", "JP"), ("Cote d’Ivoire", "CI"), ("Trinidad & Tobago", "TT"), ("the netherlands", "NL"),
        ("Korea, Republic of", "KR"), ("Kosovo", "XK"), ("Türkiye", "TR"), (None, None), ("", None), (" ", None),
    ],
)  # fmt: skip
def test_a_country_is_its_code(raw: object, expected: str | None) -> None:
    assert normalise_country(raw) == expected


@pytest.mark.parametrize("raw", ["Atlantis", "XX", "--", 276, True, ["DE"], "G" * 10_000])
def test_an_unknown_country_is_refused(raw: object) -> None:
    with pytest.raises(BadValue, match="HUB-3240"):
        normalise_country(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("en", "en"), ("EN", "en"), ("pt_BR", "pt-BR"), ("PT-br", "pt-BR"), ("zh_hans_cn", "zh-Hans-CN"), ("es-419", "es-419"),
        ("de_DE.UTF-8", "de-DE"), ("sr@latin", "sr"), ("ger", "de"), ("deu", "de"), ("eng-US", "en-US"), ("tlh", "tlh"),
        ("English", "en"), ("Deutsch", "de"), ("日本語", "ja"), ("简体中文", "zh-Hans"), ("iw", "he"), ("de-1996", "de-1996"),
        ("en-us-x-Twain", "en-US-x-twain"), (None, None), ("", None),
    ],
)  # fmt: skip
def test_a_language_is_its_tag(raw: object, expected: str | None) -> None:
    assert normalise_language(raw) == expected


@pytest.mark.parametrize(
    "raw", ["C", "POSIX", "xx", "us", "e", "en-", "Elvish language", 5, ["en"], "e" * 10_000]
)
def test_an_unknown_language_is_refused(raw: object) -> None:
    with pytest.raises(BadValue, match="HUB-3241"):
        normalise_language(raw)


def test_the_tables_are_whole() -> None:
    codes = [code for code, _, _ in COUNTRIES]
    assert len(codes) == len(set(codes)) == len({three for _, three, _ in COUNTRIES}) == 250
    assert set(phonenumbers.SUPPORTED_REGIONS) - set(codes) == {"AC", "TA"}  # islands of Saint Helena
    assert len({code for code, _, _ in LANGUAGES}) == 183


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country[0])
def test_every_name_leads_to_its_country(country: tuple[str, str, tuple[str, ...]]) -> None:
    code, three, names = country
    assert {normalise_country(name) for name in (code.lower(), three.lower(), *names)} == {code}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language[0])
def test_every_name_leads_to_its_language(language: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
    code, threes, names = language
    long_names = [name for name in names if not (name.isascii() and len(name) < 4)]  # `Ewe` is Ewondo's code
    assert {normalise_language(name) for name in (code, *threes, *long_names)} == {code}


@given(
    st.one_of(
        st.text(max_size=20),
        st.from_regex(r"[a-zA-Z]{2,3}([-_][a-zA-Z]{4})?([-_][a-zA-Z]{2})?", fullmatch=True),
    )
)
def test_normalising_twice_changes_nothing(raw: str) -> None:
    for normalise in (normalise_country, normalise_language):
        try:
            once = normalise(raw)
        except BadValue:
            continue
        assert normalise(once) == once
