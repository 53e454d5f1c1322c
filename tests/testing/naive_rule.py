"""The plain rule that customer data platforms ship: one customer per connected e-mail address or telephone number."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable

import numpy as np

from hub.canonical.bad_value import BadValue
from hub.canonical.phone import normalise_phone
from hub.testing.crowd import Crowd, crowd

ROLES = {"info", "sales", "office", "contact", "hello", "admin", "support", "accounts", "noreply", "no-reply"}
JUNK_MAIL = re.compile(r"(test|noemail|no-email|none|no|unknown|customer|a|asdf)@|[^@]*$")
JUNK_PHONE = re.compile(r"\+?\d{0,3}?(\d)\1{5,}$|\+?1?(555)?5555555$|\+?\d{0,2}1234567890$|\+?0*$")


def mail_key(text: str | None) -> str | None:
    return text.strip().lower() if text else None


def blocked_mail(key: str) -> bool:
    return bool(JUNK_MAIL.match(key)) or key.partition("@")[0] in ROLES


def phone_key(text: str | None, country: str | None) -> str | None:
    """E.164, or the text where it is no number."""
    if not text:
        return None
    try:
        return normalise_phone(text, country)
    except BadValue:
        return text


def blocked_phone(key: str) -> bool:
    digits = "".join(re.findall(r"\d", key))
    return len(digits) < 8 or bool(JUNK_PHONE.match(digits)) or not key.startswith("+")


def clusters(made: Crowd, *, block: bool) -> np.ndarray:
    """A cluster number for each record."""
    count = len(made)
    mails = [mail_key(text) for text in made.columns["email"]]
    phones = [phone_key(*both) for both in zip(made.columns["phone"], made.columns["country"], strict=True)]
    label = np.arange(count)
    groups = [
        _codes(mails, blocked_mail if block else None),
        _codes(phones, blocked_phone if block else None),
    ]
    while True:
        before = label.copy()
        for codes in groups:
            there = codes >= 0
            least = np.full(int(codes.max(initial=0)) + 1, count)
            np.minimum.at(least, codes[there], label[there])
            label[there] = np.minimum(label[there], least[codes[there]])
        label = label[label]
        if (label == before).all():
            return label


def _codes(keys: Iterable[str | None], blocked: Callable[[str], bool] | None) -> np.ndarray:
    numbers: dict[str, int] = {}
    refused: dict[str, bool] = {}
    out = []
    for key in keys:
        if key is None or (blocked and refused.setdefault(key, blocked(key))):
            out.append(-1)
        else:
            out.append(numbers.setdefault(key, len(numbers)))
    return np.array(out)


def pairs_within(*labels: np.ndarray) -> int:
    """How many pairs of rows agree in all labels."""
    code = labels[0].astype(np.int64)
    for other in labels[1:]:
        code = code * (int(other.max()) + 1) + other
    _, sizes = np.unique(code, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


def scores(found: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1."""
    both, said, true = pairs_within(found, truth), pairs_within(found), pairs_within(truth)
    precision, recall = both / max(said, 1), both / max(true, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def report(made: Crowd) -> str:
    """What the rule reaches, how many true pairs share nothing, and what is merged falsely, by kind."""
    lines = []
    for block in (True, False):
        found = clusters(made, block=block)
        lines.append(
            "{} P {:.3f} R {:.3f} F1 {:.3f}".format(
                "blocked" if block else "plain  ", *scores(found, made.person)
            )
        )
        if block:
            kinds = made.negatives.kind
            for kind in dict.fromkeys(kinds):
                here = kinds == kind
                merged = found[made.negatives.a[here]] == found[made.negatives.b[here]]
                apart = made.negatives.separated[here]
                lines.append(
                    f"  {kind:20} {here.sum():7} separated {apart.mean():.2f} merged {merged.mean():.2f}"
                )
    lines.append(f"true pairs that share neither {sharing_nothing(made):.3f}")
    return "\n".join(lines)


def sharing_nothing(made: Crowd) -> float:
    """The share of true pairs that have neither a true e-mail address nor a number in common."""
    mail = _codes(map(mail_key, made.columns["email"]), blocked_mail)
    keys = [phone_key(*both) for both in zip(made.columns["phone"], made.columns["country"], strict=True)]
    phone = _codes(keys, blocked_phone)
    alone = np.arange(len(made))
    mail, phone = (np.where(codes < 0, alone + codes.max() + 1, codes) for codes in (mail, phone))
    sharing = (
        pairs_within(made.person, mail)
        + pairs_within(made.person, phone)
        - pairs_within(made.person, mail, phone)
    )
    return 1 - sharing / pairs_within(made.person)


if __name__ == "__main__":
    print(report(crowd(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
