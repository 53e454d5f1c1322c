"""Rows of one sheet of an XLSX file, every cell as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .rows import BadFile, Item, header, shaped

#: Most bytes a workbook may unpack to; its shared texts are held in memory.
MAX_UNPACKED = 1 << 30


def read_xlsx(file: Path, sheet: str, columns: Sequence[str], key: Sequence[str]) -> Iterator[Item]:
    """The rows below the header of the named sheet (default: the first). Formulas give their last value.

    Raises BadFile when it is no workbook or has no such sheet, OSError when it cannot be read."""
    try:
        with ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BadFile("HUB-4302", f"unpacks to more than {MAX_UNPACKED} bytes")
        with closing(load_workbook(file, read_only=True, data_only=True)) as book:
            pages = {page.title: page for page in book.worksheets}
            page = pages.get(sheet) if sheet else next(iter(pages.values()), None)
            if page is None:
                raise BadFile("HUB-4302", f"no sheet {sheet!r}; there are {', '.join(pages)}")
            page.reset_dimensions()  # some programs write a wrong size, which would cut rows off
            yield from _rows(page.iter_rows(values_only=True), columns, key)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, ParseError, EOFError) as error:
        raise BadFile("HUB-4302", f"not a readable workbook: {type(error).__name__}") from error


def _rows(rows: Iterator[tuple[object, ...]], columns: Sequence[str], key: Sequence[str]) -> Iterator[Item]:
    names = header(columns, key) if columns else []
    for number, row in enumerate(rows, start=1):
        cells = [as_text(cell) for cell in row]
        if not any(cells):
            continue
        if not names:
            names = header(_trimmed(cells, 0), key)
        else:
            yield shaped(number, names, _fitted(cells, len(names)))


def _fitted(cells: list[str], width: int) -> list[str]:
    """A sheet stores no empty cells at the end of a row, or stores too many of them: neither is a fault."""
    return _trimmed(cells, width) + [""] * (width - len(cells))


def _trimmed(cells: list[str], width: int) -> list[str]:
    end = len(cells)
    while end > width and not cells[end - 1]:
        end -= 1
    return cells[:end]


def as_text(cell: object) -> str:
    """A cell as text: numbers with all their digits and no exponent, dates in ISO form, blank for nothing."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            return _number(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)


def _number(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")
