"""How single values are folded for comparing. What comes out is plain lower-case ASCII, or empty: not known."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from hub.canonical.name import NameParts, split_full_name

#: Characters that are looked at: names are shorter, and folding is not for free.
_LONGEST = 120
_WORDS = re.compile(r"[a-z0-9]+")

_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "dame",
        "herr",
        "frau",
        "dipl",
        "ing",
        "mme",
        "mlle",
        "sr",
        "sra",
        "srta",
        "dott",
        "pan",
        "pani",
    ]
)
_SUFFIXES = {
    "jr": "jr", "junior": "jr", "jnr": "jr", "ii": "jr", "jun": "jr", "fils": "jr", "i": "sr", "sen": "sr", "pere": "sr", "sr": "sr", "senior": "sr", "snr": "sr", "iii": "iii", "iv": "iv",
}  # fmt: skip
#: Words before a family name that some write and some leave out.
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "vom",
        "zu",
        "zum",
        "zur",
        "der",
        "den",
        "de",
        "del",
        "della",
        "delle",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "lo",
        "los",
        "las",
        "al",
        "el",
        "ad",
        "bin",
        "ibn",
        "bint",
        "ben",
        "st",
        "san",
        "santa",
        "af",
        "av",
        "ter",
        "ten",
        "te",
        "het",
        "t",
        "d",
    ]
)
#: Words that stand for a name nobody gave.
_NO_NAME = frozenset(
    [
        "unknown",
        "none",
        "null",
        "nil",
        "na",
        "nan",
        "anonymous",
        "guest",
        "undefined",
        "test",
        "tester",
        "testuser",
        "customer",
        "user",
        "noname",
        "nn",
        "xxx",
        "xx",
        "x",
        "admin",
        "administrator",
        "info",
        "sales",
        "support",
        "contact",
        "firstname",
        "lastname",
        "name",
        "surname",
        "tbd",
        "todo",
        "asdf",
        "qwerty",
    ]
)
_HAN_WORD = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
#: The family names that most Chinese people have: a name of two signs that begins with none of them is a given name.
_HAN_FAMILIES = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧"
    "蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文"
)
_VIETNAMESE_FAMILIES = frozenset(
    [
        "nguyen",
        "tran",
        "le",
        "pham",
        "huynh",
        "hoang",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "luong",
        "dinh",
        "truong",
        "trinh",
        "doan",
    ]
)
_LEGAL = frozenset(
    [
        "gmbh",
        "ag",
        "kg",
        "ohg",
        "ug",
        "ltd",
        "limited",
        "plc",
        "llc",
        "llp",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "bv",
        "nv",
        "sa",
        "sas",
        "sarl",
        "srl",
        "spa",
        "oy",
        "oyj",
        "ab",
        "aps",
        "as",
        "pty",
        "kk",
        "doo",
        "sro",
        "ev",
        "zoo",
    ]
)
_EAST_ASIAN_COMPANY = re.compile("公司|有限|株式会社|集团|集團|주식회사")

_STREET_WORDS = {
    "street": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "av", "ave": "av", "lane": "ln", "drive": "dr",
    "court": "ct", "place": "pl", "platz": "pl", "plaza": "pl", "square": "sq", "boulevard": "bd", "blvd": "bd", "close": "cl",
    "crescent": "cr", "terrace": "tce", "ulica": "", "ul": "", "calle": "", "c": "", "rue": "", "r": "", "via": "", "the": "",
    "north": "n", "south": "s", "east": "e", "west": "w", "apartment": "", "apt": "", "unit": "", "flat": "", "no": "", "nr": "",
}  # fmt: skip


class Person(NamedTuple):
    """A folded name; what is not known is empty."""

    given: str
    #: Without particles and generation.
    family: str
    #: jr (and ii), sr, iii, iv.
    suffix: str
    organization: str
    #: The only word of a full name: the given or the family name, who knows.
    word: str = ""
    #: Whether the record is of a company, not of a person.
    company_itself: bool = False


@lru_cache(maxsize=262_144)
def fold_text(text: str) -> str:
    """Lower-case ASCII words with single blanks: `Jérôme  O'Brien` -> `jerome obrien`."""
    if not text.isascii():
        shown = unicodedata.normalize("NFKC", text[:_LONGEST])
        # Without signs such as emoji, which would become words.
        text = anyascii("".join(char for char in shown if unicodedata.category(char) != "So"))
    return " ".join(_WORDS.findall(text[:_LONGEST].lower().replace("'", "").replace("`", "")))


@lru_cache(maxsize=262_144)
def fold_person(
    given: str | None,
    family: str | None,
    full: str | None,
    kind: str | None = None,
    organization: str | None = None,
) -> Person:
    """The name of one record. What its parts do not say is taken from the full name, where that can be told apart.

    A company's name in the place of a person's is the organization's.
    """
    company = fold_company(organization or "")
    whole = full or " ".join(part for part in (given, family) if part)
    if kind == "organization" or _is_company(whole):
        return Person("", "", "", company or fold_company(whole), company_itself=True)
    word = ""
    if full and not (given and family):
        given, family, word = _completed(given, family, full[:_LONGEST])
    first, suffix = _without_suffix(_words(given))
    last, more = _without_suffix(_words(family))
    lone = " ".join(_words(word))
    return Person(" ".join(first), " ".join(_without_particles(last)), suffix or more, company, lone)


def _completed(given: str | None, family: str | None, full: str) -> tuple[str | None, str | None, str]:
    """Given name, family name, or the only word, of a full name and what is known besides."""
    if (
        not given
        and not family
        and _HAN_WORD.fullmatch(full)
        and len(full) <= 2
        and full[0] not in _HAN_FAMILIES
    ):
        return None, None, anyascii(full).replace(" ", "")
    parts = _vietnamese(full) or split_full_name(full)
    if given:
        return given, parts.family if parts.family != given else None, ""
    if family:
        return parts.given if parts.given != family else None, family, ""
    if parts.given and parts.family:
        return parts.given, parts.family, ""
    if parts.family:  # `Mr Doe`
        return None, parts.family, ""
    return None, None, full


def _vietnamese(full: str) -> NameParts | None:
    """A Vietnamese name of three words or more begins with the family name."""
    words = full.split()
    if len(words) < 3 or "," in full or fold_text(words[0]) not in _VIETNAMESE_FAMILIES:
        return None
    return NameParts(" ".join(words[1:]), words[0], "family_first")


def _words(text: str | None) -> list[str]:
    if not text or "@" in text:
        return []
    words = fold_text(text[:_LONGEST]).split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return [] if len(words) == 1 and (words[0] in _NO_NAME or words[0].isdigit()) else words


def _without_suffix(words: list[str]) -> tuple[list[str], str]:
    suffix = ""
    while len(words) > 1 and words[-1] in _SUFFIXES:
        suffix = _SUFFIXES[words[-1]]
        words = words[:-1]
    return words, suffix


def _without_particles(words: list[str]) -> list[str]:
    kept = [word for word in words if word not in _PARTICLES]
    return kept or words


def _is_company(text: str) -> bool:
    if not text:
        return False
    if not text.isascii() and _EAST_ASIAN_COMPANY.search(text):
        return True
    words = _legal_joined(fold_text(text).split(), 3)  # `B V` may be initials
    return (
        len(words) > 1 and words[-1] in _LEGAL and words[-1] not in ("as", "co", "sa", "ab", "ag", "kg", "ev")
    )


def _legal_joined(words: list[str], least: int) -> list[str]:
    """The words with a legal form of at least so many letters as one of them, that was written with dots: `b v`."""
    for letters in range(least, 5):
        form = "".join(words[-letters:])
        if len(words) > letters == len(form) and form in _LEGAL:
            return [*words[:-letters], form]
    return words


@lru_cache(maxsize=65_536)
def fold_company(text: str) -> str:
    """A company's name without its legal form."""
    words = _legal_joined(fold_text(text).split(), 2)
    while len(words) > 1 and words[-1] in _LEGAL:
        words = words[:-1]
    return "" if len(words) == 1 and words[0] in _NO_NAME else " ".join(words)


@lru_cache(maxsize=262_144)
def fold_place(text: object) -> str:
    """A city, a postal code, a word of any kind."""
    if text is None:
        return ""
    folded = fold_text(str(text))
    return "" if folded in _NO_NAME or not folded.strip("0 ") else folded


@lru_cache(maxsize=262_144)
def fold_street(line: str | None) -> tuple[str, str]:
    """(street, house number) of an address line: `12 Old Mill Lane` and `Old Mill Ln. 12` are the same."""
    if not line:
        return "", ""
    street: list[str] = []
    house = ""
    for word in fold_text(line).split():
        if word[0].isdigit():
            house = house or word
        elif word.endswith("strasse") and word != "strasse":
            street.append(f"{word[:-7]} st")
        elif word.endswith("str") and len(word) > 5:
            street.append(f"{word[:-3]} st")
        else:
            street.append(_STREET_WORDS.get(word, word))
    return " ".join(" ".join(street).split()), house


#: Dates that systems write where they know none.
_NO_DATE = frozenset({"19000101", "19700101", "00010101", "19010101", "18991231", "99991231"})
_DATE = re.compile(r"(\d{4})(?:\D(\d{1,2})\D(\d{1,2})|(\d{2})(\d{2}))(?:\D.*)?")


@lru_cache(maxsize=262_144)
def fold_birth(text: object) -> str:
    """A day of birth as yyyymmdd; empty for what can be none and for the dates that stand for `not known`."""
    if text is None:
        return ""
    found = _DATE.fullmatch(str(text).strip())
    if not found:
        return ""
    year, *parts = (part for part in found.groups() if part)
    month, day = (part.zfill(2) for part in parts)
    joined = year + month + day
    if joined in _NO_DATE or not ("1880" <= year <= "2035" and "01" <= month <= "12" and "01" <= day <= "31"):
        return ""
    return joined


@lru_cache(maxsize=1024)
def fold_gender(text: object) -> str:
    """f, m, or empty."""
    word = "" if text is None else str(text).strip().lower()
    return {"female": "f", "f": "f", "w": "f", "woman": "f", "male": "m", "m": "m", "man": "m"}.get(word, "")


def country_of_number(number: str) -> str:
    """The country of an E.164 number, lower-case ISO 3166-1; of several that share a code, the first of the plan."""
    if not number.startswith("+") or not number[1:].isdigit():
        return ""
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(number[1 : 1 + length]))
        if regions:
            return str(regions[0]).lower()
    return ""
