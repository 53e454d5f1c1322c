"""Columns of dates that are written in one of the world's ways: which one, the column as a whole tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.identity.folding import fold_birth

_PARTS = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})(?!\d).*")
DAY_FIRST, MONTH_FIRST = "day, month, year", "month, day, year"
_TWELVE = 12


def readable_dates(texts: Sequence[str | None], region: str | None) -> tuple[Sequence[str | None], str]:
    """The dates as year-month-day, and in which order they were read; empty where they needed no reading.

    Where no date has a number above twelve, those of the United States are read as they write them."""
    distinct = {text for text in texts if text}
    parted = {text: found for text in distinct if (found := _PARTS.fullmatch(text.strip()))}
    if len(parted) <= sum(1 for text in distinct if fold_birth(text)):
        return texts, ""
    days_first = sum(1 for found in parted.values() if int(found[1]) > _TWELVE)
    months_first = sum(1 for found in parted.values() if int(found[2]) > _TWELVE)
    us = (region or "").upper() == "US" and days_first == months_first
    order = MONTH_FIRST if us or months_first > days_first else DAY_FIRST
    read = {text: _iso(found, order) for text, found in parted.items()}
    return [read.get(text, text) if text else None for text in texts], order


def _iso(found: re.Match[str], order: str) -> str:
    one, other, year = found.groups()
    day, month = (one, other) if order == DAY_FIRST else (other, one)
    return f"{year}-{month}-{day}"
