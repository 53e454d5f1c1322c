"""The text of a message in three: what was written, what it answers to, who signs."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Characters of a body that are looked at; never less than what may be kept.
MAX_TEXT = 250_000
#: A signature has no more lines than this.
SIGNATURE_LINES = 15

_WROTE = r"wrote|writes|schrieb|a écrit|écrivait|escribió|ha scritto|escreveu|schreef|skrev|kirjoitti|napisał\(a\)|napisał"
#: "On … Ann wrote:", in the languages of most mailers; may run over three lines.
_ATTRIBUTION = re.compile(
    rf"^(?:On|Am|Le|El|Il|Em|Op|Den|Dnia|W dniu)\s.{{4,300}}?\s(?:{_WROTE})\b.{{0,120}}:\s*$"
)
#: Other wordings, on one line.
_ATTRIBUTION_LINE = re.compile(
    r"^.{2,200}(?:写道|寫道|のメール|님이 작성)\s*[：:]\s*$"
    rf"|^.{{0,200}}<[^<>@]{{1,80}}@[^<>]{{1,120}}>\s*(?:{_WROTE})\s*:\s*$"
)
_DIVIDER = re.compile(
    r"^\s*-{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Messaggio originale|Oorspronkelijk bericht|Forwarded message|Weitergeleitete Nachricht|原始邮件|转发邮件)"
    r".{0,40}-{2,}\s*$|^Begin forwarded message:\s*$",
    re.IGNORECASE,
)
_HEADER_FROM = re.compile(
    r"^\s*\*?(?:From|Von|De|Da|Van|Från|发件人|差出人|寄件者)\s?[:：]\*?\s*\S", re.IGNORECASE
)
_HEADER_NEXT = re.compile(
    r"^\s*\*?(?:Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto|Inviato|A"
    r"|Oggetto|Verzonden|Aan|Onderwerp|发送时间|日期|收件人|主题|送信日時|宛先|件名)\s?[:：]\*?\s*\S",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:(?:thanks|thank you)\s(?:and|&)\s)?(?:(?:kind|best|warm|warmest|many)\s)?(?:regards|wishes|thanks)[,.!]?$"
    r"|^(?:all the best|best|cheers|sincerely|thanks|thank you|thx|yours(?:\s\w+)?|respectfully)[,.!]?$"
    r"|^(?:mit\s)?(?:freundlichen?|besten?|herzlichen?|viele|liebe|schöne)\s(?:grüßen?|grüssen?|gruß|gruss|dank)[,.!]?$"
    r"|^(?:bien\s)?(?:cordialement|amicalement|salutations)[,.!]?$|^(?:un\s)?(?:saludos?|atentamente)[,.!]?$"
    r"|^(?:cordiali\s)?saluti[,.!]?$|^met vriendelijke groeten?[,.!]?$|^(?:atenciosamente|obrigad[oa]|abraços?)[,.!]?$"
    r"|^(?:此致|敬礼|祝好|谢谢|謝謝|顺颂商祺|よろしくお願いいたします|宜しくお願い致します|敬具)[,，。.！!]?$",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^(?:Sent from (?:my|Mail|Outlook)|Gesendet von|Von meinem|Envoyé (?:de|depuis)|Enviado desde|发自我的|iPhoneから)",
    re.IGNORECASE,
)
_SMALL = "al bin da de del den der di dos du el la le of ter the van von y zu"
_PARTICLES = frozenset(_SMALL.split())


class Split(NamedTuple):
    """The parts of a body; each may be empty."""

    text: str
    quoted: str
    signature: str


def split(text: str) -> Split:
    """Tell the new text from the quoted one and from the signature."""
    lines = tidy(text[:MAX_TEXT]).split("\n")
    own, quoted = _split_quoted(lines)
    own, signature = _split_signature(own)
    return Split(_join(own), _join(quoted), _join(signature))


def tidy(text: str) -> str:
    """Line ends made one kind, trailing blanks off, at most one empty line together."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = line.strip("> \t")
        if bare or (kept and kept[-1]):
            kept.append(line.rstrip() if bare else "")
    return "\n".join(kept).strip("\n")


def _split_quoted(lines: list[str]) -> tuple[list[str], list[str]]:
    """(own lines, quoted lines). Below a divider all is quoted; among `>` lines answers may stand between."""
    for at, line in enumerate(lines):
        if _DIVIDER.match(line[:200]) or _is_header_block(lines, at):
            own, quoted = _split_marked(lines[:at])
            return own, quoted + lines[at:]
        length = _attribution(lines, at)
        if length:
            return _split_below(lines, at, at + length)
    return _split_marked(lines)


def _split_below(lines: list[str], at: int, below: int) -> tuple[list[str], list[str]]:
    """Around an "On … wrote:" that stands in the lines `at` to `below`."""
    answers, marked = _split_marked(lines[below:])
    if not marked:  # a quote without marks: nothing below is new
        return lines[:at], lines[at:]
    own, before = _split_marked(lines[:at])
    return own + answers, before + lines[at:below] + marked


def _split_marked(lines: list[str]) -> tuple[list[str], list[str]]:
    return [line for line in lines if line[:1] != ">"], [line for line in lines if line[:1] == ">"]


def _attribution(lines: list[str], at: int) -> int:
    """How many lines (0–3) from here on say "On … wrote:"."""
    if not lines[at].strip() or len(lines[at]) > 400 or lines[at].startswith(">"):
        return 0
    joined = ""
    for length, line in enumerate(lines[at : at + 3], 1):
        joined = f"{joined} {line.strip()}".strip()
        if not line.strip() or len(joined) > 400:
            break
        if line.endswith((":", "：")):
            known = _ATTRIBUTION.match(joined) or (length == 1 and _ATTRIBUTION_LINE.match(joined))
            return length if known else 0
    return 0


def _is_header_block(lines: list[str], at: int) -> bool:
    """Outlook quotes with the headers of the old message: From, Sent, To, Subject."""
    if not _HEADER_FROM.match(lines[at][:300]):
        return False
    return sum(bool(_HEADER_NEXT.match(line[:300])) for line in lines[at + 1 : at + 6]) >= 2


def _split_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    end = len(lines)
    for at in range(end - 1, max(-1, end - SIGNATURE_LINES - 2), -1):
        if lines[at] in ("--", "—"):
            return lines[:at], lines[at + 1 :]
        if _SENT_FROM.match(lines[at][:80]):
            end = at
            break
    start = _closing_above(lines, end)
    return lines[:start], lines[start:]


def _closing_above(lines: list[str], end: int) -> int:
    """Where "Kind regards," and the name below it begin; `end` if there is no such thing."""
    for at in range(end - 1, max(0, end - SIGNATURE_LINES), -1):
        line = lines[at].strip()
        if len(line) > 100 or "?" in line:
            break
        if len(line) <= 60 and _CLOSING.match(line):
            below = next((item.strip() for item in lines[at + 1 : end] if item.strip()), "")
            return at if below and _like_a_name(below) else end
    return end


def _like_a_name(line: str) -> bool:
    """Few words, each with a capital or of a script that has none; no sentence."""
    words = [word for word in line.rstrip(",.").split() if word not in _PARTICLES]
    short = 0 < len(words) <= 5 and len(line) <= 50
    return (
        short
        and all(word[0] == word[0].upper() and word[0].isalpha() for word in words)
        and line[-1] not in "?!:"
    )


def _join(lines: list[str]) -> str:
    return tidy("\n".join(lines)).strip()
