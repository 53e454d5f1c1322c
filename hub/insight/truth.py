"""Who records really are, as somebody knows it, and how customers compare with that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import ConfigError
from hub.identity.columns import Int32
from hub.identity.evaluate import Evaluation, evaluate
from hub.insight.people_file import ID_COLUMNS, holes, plain, templated
from hub.insight.table_file import column_names, read_table

#: What names a record of a store.
_KEY_COLUMNS = ("connection", "type", "external_id")
#: What people call the column that says who somebody is.
_PERSON_COLUMNS = ("person_id", "person", "customer_id", "cluster_id", "entity_id")


@dataclass(frozen=True, slots=True)
class Measured:
    """How customers compare with the truth, on the records that the truth tells of."""

    evaluation: Evaluation
    #: Records that the truth does not tell of, and records that it tells of and that are not there.
    without_truth: int
    unknown: int


def read_truth(
    path: Path, id_column: str | None, person_column: str | None, records_id: str | None
) -> dict[str, str]:
    """Record id -> who that is. Raises ConfigError HUB-8040 to HUB-8043 as `read_people`.

    id_column: a column or a template; default that of the records, or `record_id` or `id`, or `connection`, `type` and
    `external_id`. person_column: default `person_id` or the like, or the only other column."""
    names = column_names(path)
    if id_column is None and set(_KEY_COLUMNS) <= set(names):
        id_column = "/".join(f"{{{name}}}" for name in _KEY_COLUMNS)
    id_column = id_column or _chosen(path, names, [records_id or "", *ID_COLUMNS, "record"], "--truth-id")
    wanted = holes(id_column, names)
    others = [name for name in names if name not in wanted]
    if person_column is None:
        only = others if len(others) == 1 else []
        person_column = _chosen(path, others, [*_PERSON_COLUMNS, *only], "--truth-person")
    for name in (*wanted, person_column):
        _chosen(path, names, [name], "")
    table = read_table(path, {*wanted, person_column})
    ids = (
        table[id_column]
        if wanted == [id_column]
        else templated(id_column, [plain(table[name]) for name in wanted])
    )
    known = [
        (str(id_), person) for id_, person in zip(ids, table[person_column], strict=True) if id_ is not None
    ]
    told = dict(known)
    if len(told) < len(known):
        twice = len(known) - len(told)
        raise ConfigError("HUB-8043", f"{twice} records come more than once", where=str(path))
    return {id_: str(person) for id_, person in told.items() if person is not None}


def _chosen(path: Path, names: Sequence[str], wanted: Sequence[str], option: str) -> str:
    found = next((name for name in wanted if name in names), None)
    if found is None:
        told = f"there is no column {wanted[0]}" if not option else "which column it is, nothing tells"
        hint = f"Columns: {', '.join(names)}." + (f" Name one with {option}." if option else "")
        raise ConfigError("HUB-8041", told, where=str(path), hint=hint)
    return found


def measure(ids: Sequence[str], labels: Int32, truth: Mapping[str, str]) -> Measured:
    """Measures customers (a label per record) against the truth.

    Raises ConfigError HUB-8044 where the truth tells of none of the records."""
    told = [place for place, id_ in enumerate(ids) if id_ in truth]
    if not told:
        raise ConfigError(
            "HUB-8044", "the truth tells of none of the records",
            hint="Name the column with the ids of records: --id in the records, --truth-id in the truth.",
        )  # fmt: skip
    found = labels[told].tolist()
    evaluation = evaluate(found, [truth[ids[place]] for place in told])
    return Measured(evaluation, len(ids) - len(told), len(truth) - len(told))
