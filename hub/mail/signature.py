"""What a signature clearly says of its sender: a telephone number, a company, a job title. In doubt, nothing."""

from __future__ import annotations

import re
from itertools import pairwise

_LINE = 160

_FAX = re.compile(r"\b(?:fax|f|telefax|传真)\s?[.:：]", re.IGNORECASE)
_NUMBER = r"\(?\+?\d[\d\s()./\u2010-\u2015-]{5,22}\d"
_LABELLED = re.compile(
    rf"(?:^|[\s|•·,;/])(?:phone|tel|telephone|telefon|téléphone|teléfono|mobile|mobil|cell|cel|handy|direct|office|call|ph"
    rf"|t|m|p|d|电话|電話|手机|手機|携帯)\s?(?:no\.?|number)?\s?[.:：)]\s{{0,4}}({_NUMBER})",
    re.IGNORECASE,
)
_INTERNATIONAL = re.compile(r"(?:^|[\s|•·,;:(])(\+\d[\d\s()./\u2010-\u2015-]{6,22}\d)(?!\d)")
_LEGAL_FORM = re.compile(
    r"(?:^|[\s,])(?:inc|incorporated|ltd|limited|llc|llp|plc|corp|corporation|gmbh|ag|kg|ohg|e\.?k|s\.?a\.?r\.?l|s\.?a\.?s"
    r"|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|oy|ab|a/s|aps|pty ltd|pte ltd|co\.,? ltd|k\.k)\.?$|有限公司|股份公司|集团$|株式会社|有限会社",
    re.IGNORECASE,
)
_TITLE_WORD = re.compile(
    r"\b(?:manager|director|engineer|developer|head of|chief|officer|ceo|cto|cfo|coo|founder|co-founder|owner|partner"
    r"|president|consultant|analyst|assistant|coordinator|buyer|accountant|architect|designer|editor|lead|specialist"
    r"|geschäftsführer(?:in)?|leiter(?:in)?|einkauf|vertrieb|directeur|directrice|responsable|gerente|director[a])\b"
    r"|经理|总监|主管|工程师|总裁|部長|課長|代表取締役",
    re.IGNORECASE,
)
_TITLE_AT = re.compile(r"^(.{3,60}?)\s*(?:\s(?:at|bei|chez|en)\s|[|,@–]\s*)(.{2,80})$")
_CONTACT = re.compile(r"[@:：]|https?|www\.|\d{4}", re.IGNORECASE)


def details(signature: str, sender: str) -> dict[str, str]:
    """`phone`, `company`, `title` of a signature, those that are clear. `sender`: the name in From."""
    lines = [line.strip()[:_LINE] for line in signature.split("\n") if line.strip()][:16]
    found = {"phone": _phone(lines)} | _position(lines, sender)
    company = next((line for line in lines if _is_company(line)), "")
    if company:
        found["company"] = company
    return {name: value.strip(" ,;|") for name, value in found.items() if value.strip(" ,;|")}


def _phone(lines: list[str]) -> str:
    for pattern in (_LABELLED, _INTERNATIONAL):
        for line in lines:
            fax = _FAX.search(line)
            found = pattern.search(line[: fax.start()] if fax else line)
            if found and 7 <= sum(map(str.isdigit, found.group(1))) <= 15:
                return " ".join(found.group(1).split())
    return ""


def _is_company(line: str) -> bool:
    return (
        len(line) <= 80
        and not _CONTACT.search(line)
        and bool(_LEGAL_FORM.search(line))
        and not _TITLE_WORD.search(line)
    )


def _position(lines: list[str], sender: str) -> dict[str, str]:
    """The line below the sender's own name, if it is a job title, perhaps with the company behind it."""
    wanted = sender.casefold()
    for name, below in pairwise(lines):
        if not wanted or name.casefold().rstrip(",.") != wanted:
            continue
        if len(below) > 100 or _CONTACT.search(below) or not _TITLE_WORD.search(below):
            return {}
        both = _TITLE_AT.match(below)
        if both and _TITLE_WORD.search(both.group(1)) and not _TITLE_WORD.search(both.group(2)):
            return {"title": both.group(1), "company": both.group(2)}
        return {"title": below}
    return {}
