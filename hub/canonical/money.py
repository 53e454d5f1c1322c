"""Money: whole minor units of a currency (cents, yen, fils). Never a float on the way.

How an amount in text is read, so that nobody must guess:

    1234.50   1234,50          one separator: the decimal one
    1.234     0.5              a single point is always decimal, as in JSON
    1,234                      refused: a thousand or one and a bit? (HUB-3221; where the currency has no
                               decimals the comma groups, and `1.234` is refused instead)
    1,234.50  1.234,50         two kinds: the last is decimal
    1 234,50  1'234.50         blanks and apostrophes only ever group
    1,234,567                  the same one several times groups
    (12.50)  -12.50  12.50-    negative

More decimals than the currency has are rounded half to even: vendors give tax per line with four or six.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from hub.canonical.bad_value import BadValue
from hub.canonical.text import WITHOUT_INVISIBLE, is_blank


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: ISO 4217 codes in use, and those that older records still name.
CURRENCIES = _codes(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
    "ATS BEF BYR CUC CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MRO MTL NLG PTE SIT SKK SLL STD TRL VEF "
    "ZMK ZWL "
)

#: Minor digits where they are not two.
_EXPONENTS = {
    **dict.fromkeys(_codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"), 0),
    **dict.fromkeys(_codes("BYR ESP ITL BEF LUF PTE GRD TRL"), 0),
    **dict.fromkeys(_codes("BHD IQD JOD KWD LYD OMR TND"), 3),
    **dict.fromkeys(_codes("CLF UYW"), 4),
}
#: Signs that stand for one currency only; `$`, `¥` and `kr` do not.
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₫": "VND",
          "₱": "PHP", "₦": "NGN", "฿": "THB", "zł": "PLN", "kč": "CZK", "us$": "USD"}  # fmt: skip

_LARGEST = 2**63 - 1
_LONGEST = 64  # characters of an amount
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)

_QUICK = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d[\d.,' ]*|[.,]\d+)(?P<after>-?)", re.ASCII)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\u2019": "'", "\u02bc": "'"})
_GROUPED_BY = {
    sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{2,3}})*{re.escape(sign)}\d{{3}}") for sign in ",.' "
}


class MinorUnits(int):
    """An amount that already is in minor units; `minor_units` leaves it as it is."""


def minor_units(value: object, currency: str | None) -> int | None:
    """The amount in minor units of `currency` (ISO 4217), None when absent.

    Raises BadValue HUB-3220 (no amount), HUB-3221 (ambiguous separator), HUB-3222 (too large), HUB-3223 (no
    currency), HUB-3242 (unknown currency).
    """
    if type(value) is str and currency is not None:
        quick = _QUICK.fullmatch(value)
        if quick and currency in CURRENCIES and currency not in _EXPONENTS:
            return int(f"{quick[1]}{quick[2]}{(quick[3] or '') + '00':.2}")
    if is_blank(value):
        return None
    if isinstance(value, MinorUnits):
        return _fitting(int(value))
    if currency is None:
        raise BadValue("HUB-3223", "an amount needs a currency")
    return _scaled(amount(value, currency), exponent(currency))


def exponent(currency: str) -> int:
    """How many decimals the currency has. Raises BadValue HUB-3242."""
    if currency not in CURRENCIES:
        raise _unknown_currency()
    return _EXPONENTS.get(currency, 2)


def normalise_currency(value: object) -> str | None:
    """The ISO 4217 code, None when absent. Takes codes in any case and the signs of one currency only.

    Raises BadValue HUB-3242.
    """
    if isinstance(value, str):
        if value in CURRENCIES:
            return value
        text = value.strip()
        if not text:
            return None
        code = _SIGNS.get(text.lower(), text.upper())
        if code in CURRENCIES:
            return code
    if value is None:
        return None
    raise _unknown_currency()


def amount(value: object, currency: str = "") -> Decimal:
    """The number meant, exactly. The sign or code of `currency` may stand around it. Raises BadValue HUB-3220, HUB-3221."""
    if isinstance(value, bool):
        raise _no_amount()
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, str) and len(value) <= _LONGEST:
        number = _from_text(value, currency)
    else:
        raise _no_amount()
    if not number.is_finite():
        raise _no_amount()
    return number


def _from_text(text: str, currency: str) -> Decimal:
    text = " ".join(
        unicodedata.normalize("NFKC", text).translate(_MINUS).translate(WITHOUT_INVISIBLE).split()
    )
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    text = _without_currency(text, currency)
    found = _AMOUNT.fullmatch(text)
    if not found or (found["sign"] and (found["after"] or negative)) or (found["after"] and negative):
        raise _no_amount()
    try:
        number = Decimal(_plain_digits(found["digits"].strip(), _EXPONENTS.get(currency) == 0))
    except InvalidOperation:
        raise _no_amount() from None
    return -number if negative or found["after"] or found["sign"] == "-" else number


def _without_currency(text: str, currency: str) -> str:
    """The text without a currency's sign, or this currency's code, before or after the number."""
    sign, rest = (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") else ("", text)
    words = [currency, *(word for word, code in _SIGNS.items() if code == currency)] if currency else []
    for word in [*words, "$", "¥", "kr"]:
        if word and rest[: len(word)].lower() == word.lower():
            return sign + rest[len(word) :].lstrip()
        if word and rest[-len(word) :].lower() == word.lower():
            return sign + rest[: -len(word)].rstrip()
    return sign + rest


def _plain_digits(text: str, whole_units: bool) -> str:
    """The digits with a decimal point only; refuses what could be read in two ways."""
    decimal = _decimal_separator(text, whole_units)
    whole, _, fraction = text.rpartition(decimal) if decimal else (text, "", "")
    separators = {sign for sign in whole if not sign.isdigit()}
    if not fraction.isdigit() and fraction:
        raise _no_amount()
    if len(separators) > 1 or (separators and not _GROUPED_BY[separators.copy().pop()].fullmatch(whole)):
        raise _no_amount()
    digits = "".join(sign for sign in whole if sign.isdigit())
    return f"{digits or '0'}.{fraction or '0'}"


def _decimal_separator(text: str, whole_units: bool) -> str:
    """Which sign parts whole from fraction; empty when there is none. `whole_units`: the currency has no decimals."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        last = "." if text.rindex(".") > text.rindex(",") else ","
        if text.count(last) > 1:
            raise _no_amount()
        return last
    if points + commas != 1:
        return ""
    separator = "." if points else ","
    if not _could_group(text, separator):
        return separator
    if whole_units and commas:
        return ""
    if whole_units or commas:
        raise BadValue("HUB-3221", "one separator before three digits can group or part decimals")
    return separator


def _could_group(text: str, separator: str) -> bool:
    """Whether the only separator could as well part thousands: one to three digits, not 0, before it and three after."""
    whole, _, fraction = text.partition(separator)
    return len(fraction) == 3 and len(whole) in (1, 2, 3) and not whole.startswith("0")


def _scaled(number: Decimal, decimals: int) -> int:
    if number.adjusted() > 20:
        raise _too_large()
    return _fitting(int(number.scaleb(decimals, _EXACT).to_integral_value(ROUND_HALF_EVEN, _EXACT)))


def _fitting(number: int) -> int:
    if not -_LARGEST <= number <= _LARGEST:
        raise _too_large()
    return number


def _no_amount() -> BadValue:
    return BadValue("HUB-3220", "expected an amount of money")


def _too_large() -> BadValue:
    return BadValue("HUB-3222", "the amount is too large to be kept")


def _unknown_currency() -> BadValue:
    return BadValue("HUB-3242", "expected an ISO 4217 currency code")
