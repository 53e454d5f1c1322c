"""Tables as data -> SQL that creates them.

The text is valid SQLite and neutral enough for the PostgreSQL driver to translate word by word: INTEGER is a 64-bit
number, BLOB bytes, REAL a double, `INTEGER PRIMARY KEY AUTOINCREMENT` a number that the database counts up and never
gives twice, `WITHOUT ROWID` a wish about the layout.

    python -m hub.store.ddl        prints the whole schema, as all migrations together make it
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from hub.store.schema import TABLES, VIEWS, Column, Index, Table, View


def create_all(tables: Iterable[Table] = TABLES) -> str:
    """The statements that make every table, index and view, each ended by `;` at the end of a line."""
    made = [statement for table in tables for statement in create(table)]
    made += [create_view(view) for view in VIEWS] if tables is TABLES else []
    return "\n".join(f"{statement};" for statement in made) + "\n"


def create_view(view: View) -> str:
    """CREATE VIEW."""
    return f"CREATE VIEW {view.name} ({', '.join(view.columns)}) AS {view.select}"


def create(table: Table) -> Iterator[str]:
    """CREATE TABLE, then its indexes."""
    lines = [_column(column, table) for column in table.columns]
    if not _key_in_column(table):
        lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    body = ",\n  ".join(lines)
    layout = " WITHOUT ROWID" if table.clustered else ""
    yield f"CREATE TABLE {table.name} (\n  {body}\n){layout}"
    for index in table.indexes:
        yield _index(table.name, index)


def statements(script: str) -> list[str]:
    """A script cut into its statements."""
    return [part for line in script.split(";\n") if (part := line.strip())]


def _key_in_column(table: Table) -> bool:
    """A single INTEGER key is declared on its column: SQLite then makes it the row's own number."""
    return len(table.key) == 1 and any(
        column.name == table.key[0] and column.type == "INTEGER" for column in table.columns
    )


def _column(column: Column, table: Table) -> str:
    words = [column.name, column.type]
    if _key_in_column(table) and column.name == table.key[0]:
        words.append("PRIMARY KEY AUTOINCREMENT" if table.serial else "PRIMARY KEY")
    elif column.required:
        words.append("NOT NULL")
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    return " ".join(words)


def _index(table: str, index: Index) -> str:
    name = "_".join((table, *index.columns))
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    where = f" WHERE {index.where}" if index.where else ""
    return f"CREATE {kind} {name} ON {table} ({', '.join(index.columns)}){where}"


if __name__ == "__main__":
    sys.stdout.write(create_all())
