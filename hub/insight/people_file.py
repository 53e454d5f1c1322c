"""Files of people, of whatever origin: CSV, JSON lines or Parquet, whose columns are given as fields of ours.

    people = read_people(path, [("email", "E-Mail"), ("birth_date", "{year}-{month}-{day}")], id_column="No")
    features = people.features(policy)

Records are in the order of their ids, so that nothing depends on the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import ConfigError
from hub.identity.features import SOURCE_COLUMNS, Features, fold_sources
from hub.identity.policy import IdentityPolicy
from hub.insight.people_dates import readable_dates
from hub.insight.people_fields import ATTRIBUTE, OTHERS, Fields, compared, field_named
from hub.insight.people_identifiers import country_codes, identifiers
from hub.insight.table_file import Cell, Table, column_names, read_table

_HOLE = re.compile(r"\{([^{}]+)\}")
#: What the ids of records are mostly called.
ID_COLUMNS = ("record_id", "id")
#: Fields that say something even where all say the same: companies only, one country only; and an identifier that so
#: many have is retired anyway.
_ALWAYS = frozenset({"kind", "country", "email", "phone", *OTHERS})

#: Of a list of values in one cell so many are taken.
_MOST_VALUES = 20

Texts = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that tells nobody apart."""

    field: str
    column: str
    #: `empty`, `always the same`, or `not compared`.
    reason: str


@dataclass(frozen=True, slots=True)
class People:
    """Records of people as columns of one length, in the order of their ids."""

    ids: Sequence[str]
    #: By field. A field that several columns were given as has several.
    columns: Mapping[str, Sequence[Texts]]
    #: Where phone numbers in national notation are at home, if no country says it: ISO 3166, two letters.
    region: str | None = None
    dropped: Sequence[Dropped] = ()
    #: What a person should know about how columns were read.
    remarks: Sequence[str] = ()

    def features(self, policy: IdentityPolicy) -> Features:
        """The records folded; values that the policy blocks are left out."""
        count = len(self.ids)
        columns = {name: _first(self.columns[name]) for name in SOURCE_COLUMNS if name in self.columns}
        if "country" in columns:
            columns["country"] = country_codes(columns["country"])
        attributes = {
            name.removeprefix(ATTRIBUTE): _first(lists)
            for name, lists in self.columns.items()
            if name.startswith(ATTRIBUTE)
        }
        folded = fold_sources(columns, {}, count, attributes)
        many = identifiers(self.columns, count, self.region, policy)
        return Features(count, folded.single, {**folded.many, **many})


def read_people(
    path: Path, fields: Fields, *, id_column: str | None = None, region: str | None = None
) -> People:
    """Reads a file. fields: (field, column or template with {column}); a field may come several times.

    id_column: default `record_id` or `id` where there is one, else rows are counted.
    Raises ConfigError HUB-8040 and HUB-8042 as `read_table`, HUB-8041 for a field or column that is not there,
    HUB-8043 for ids that are not unique."""
    given = [(field_named(name), source) for name, source in fields]
    names = column_names(path)
    id_column = id_column or next((name for name in ID_COLUMNS if name in names), None)
    wanted = {name for _, source in given for name in holes(source, names)} | ({id_column} - {None})
    for name in wanted:
        _refuse_unknown(str(name), names, path)
    table = read_table(path, {str(name) for name in wanted} or None)
    count = len(next(iter(table.values())))
    ids = _ids(table[id_column], path) if id_column else [f"row {n + 1}" for n in range(count)]
    order = sorted(range(count), key=ids.__getitem__)
    return _people([ids[n] for n in order], [*_filled(table, given, order, names)], region)


def _people(ids: Sequence[str], read: Sequence[tuple[str, str, Texts]], region: str | None) -> People:
    columns: dict[str, list[Texts]] = {}
    dropped: list[Dropped] = []
    remarks: list[str] = []
    for name, source, texts in read:
        reason = _reason(name, texts)
        if reason:
            dropped.append(Dropped(name, source, reason))
            continue
        if name == "birth_date":
            texts, order = readable_dates(texts, region)
            remarks += [f"{source} is read as {order}"] if order else []
        columns.setdefault(name, []).append(texts)
    return People(ids, columns, region.upper() if region else None, dropped, remarks)


def _reason(name: str, texts: Texts) -> str:
    """Why a column is left out; empty when it is not."""
    if not compared(name):
        return "not compared"
    distinct = set(texts) - {None}
    if not distinct:
        return "empty"
    return "" if len(distinct) > 1 or name in _ALWAYS else "always the same"


def _refuse_unknown(name: str, names: Sequence[str], path: Path) -> None:
    if name not in names:
        known = ", ".join(names)
        raise ConfigError(
            "HUB-8041", f"there is no column {name}", where=str(path), hint=f"Columns: {known}."
        )


def _ids(cells: Sequence[Cell], path: Path) -> list[str]:
    ids = [cell if isinstance(cell, str) else f"row {n + 1}" for n, cell in enumerate(cells)]
    twice = len(ids) - len(set(ids))
    if twice:
        raise ConfigError(
            "HUB-8043", f"{twice} records have an id that another has", where=str(path),
            hint="Name the column that tells records apart with --id.",
        )  # fmt: skip
    return ids


# --- columns and templates -----------------------------------------------------------------------------------------


def holes(source: str, names: Sequence[str]) -> list[str]:
    """The columns that a column or template needs; a column may have braces in its name."""
    return [source] if source in names else _HOLE.findall(source) or [source]


def _filled(
    table: Table, given: Fields, order: Sequence[int], names: Sequence[str]
) -> Iterator[tuple[str, str, Texts]]:
    """(field, column, texts) of each; a column of lists becomes several."""
    for name, source in given:
        wanted = holes(source, names)
        parts = [_spread([table[hole][n] for n in order]) for hole in wanted]
        if wanted == [source]:
            for texts in parts[0]:
                yield name, source, texts
        else:
            yield name, source, templated(source, [part[0] for part in parts])


def _spread(cells: Sequence[Cell]) -> list[Texts]:
    """A column of texts as it is; of lists as many columns as the longest list has texts."""
    widest = max((len(cell) for cell in cells if isinstance(cell, list)), default=0)
    if not widest:
        return [cells]  # type: ignore[list-item]
    lists = [cell if isinstance(cell, list) else [cell] for cell in cells]
    return [
        [texts[place] if place < len(texts) else None for texts in lists]
        for place in range(min(widest, _MOST_VALUES))
    ]


def templated(template: str, parts: Sequence[Texts]) -> Texts:
    """A template filled with columns, one for each of its holes; None where all of them are empty."""
    form = _HOLE.sub("{}", template)
    return [
        form.format(*("" if part is None else part for part in row)).strip() if any(row) else None
        for row in zip(*parts, strict=True)
    ]


def plain(cells: Sequence[Cell]) -> Texts:
    """A column of texts, of lists their first."""
    return _spread(cells)[0]


def _first(lists: Sequence[Texts]) -> Texts:
    """Of several columns given as one field, the first that is known."""
    if len(lists) == 1:
        return lists[0]
    return [next((text for text in row if text), None) for row in zip(*lists, strict=True)]
