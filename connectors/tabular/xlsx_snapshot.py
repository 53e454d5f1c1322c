"""Customers on one sheet of an XLSX workbook, in its first sheet, below a header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from hub import WriteRow

from .snapshot import ID, NotOurs, TooMany, Unfit, as_text, encoded

#: What a sheet and a cell can hold (ECMA-376; Excel's specifications and limits).
MAX_ROWS, MAX_TEXT = 1_048_576, 32_767
#: A sheet keeps 15 digits of a number: a longer one stands there as text.
_EXACT = 10**15


class XlsxSnapshot:
    """Numbers and truth values as such, everything else as text: a text is never a formula here."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        known = dict.fromkeys([ID])
        for cells in self._cells():
            if cells[:1] != (ID,):
                raise NotOurs(f"its first column is not {ID}")
            known = dict.fromkeys(str(each) for each in cells if each is not None)
            break
        for row in rows:
            known |= dict.fromkeys(row.fields)
        return list(known)

    def row(self, columns: Sequence[str], row: WriteRow) -> list[Any]:
        return [row.customer_id, *(_value(row.fields.get(column)) for column in columns[1:])]

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
        for number, cells in enumerate(self._cells()):
            if number and cells and cells[0] is not None:
                yield str(cells[0]), list(cells)

    def write(self, target: BinaryIO, columns: Sequence[str], rows: Iterable[list[Any]]) -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("customers")
        try:
            sheet.append(list(columns))
            for number, cells in enumerate(rows, start=2):
                if number > MAX_ROWS:
                    raise TooMany(f"a sheet holds {MAX_ROWS - 1:,} customers at most")
                sheet.append([_text_cell(sheet, each) if isinstance(each, str) else each for each in cells])
        finally:
            sheet.close()
        book.save(target)

    def _cells(self) -> Iterator[tuple[Any, ...]]:
        if not self._file.exists():
            return
        try:
            with closing(load_workbook(self._file, read_only=True)) as book:
                yield from book.worksheets[0].iter_rows(values_only=True)
        except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, ParseError) as error:
            raise NotOurs("it is no readable workbook") from error


def _value(value: object) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) < _EXACT:
        return value
    text = as_text(value)
    encoded(text)
    if len(text) > MAX_TEXT:
        raise Unfit(f"a text of more than {MAX_TEXT:,} characters, which no cell of a sheet holds")
    if ILLEGAL_CHARACTERS_RE.search(text):
        raise Unfit("a control character, which no cell of a sheet holds")
    return text


def _text_cell(sheet: Any, text: str) -> Any:
    made = WriteOnlyCell(sheet, text)
    made.data_type = "s"  # a text that begins with = would be a formula
    return made
