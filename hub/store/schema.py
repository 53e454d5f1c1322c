"""The store's tables, declared once as data; both drivers create them from here.

Two column types are enough and portable: TEXT and INTEGER (plus BLOB for raw payloads). Times are UTC text of one
width (`2026-07-30T18:22:41.000Z`), so that they sort; JSON is TEXT. Enum values are checked in code, not here.

What is truth: `raw_records`, the canonical source records, and `decisions`. What is derived and can be rebuilt:
`identifiers`, `edges`, `memberships`, `customers`, `customer_history` stays as the record of what was.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.canonical.schema import ENTITIES, GOLDEN_FIELDS, Entity


@dataclass(frozen=True, slots=True)
class Column:
    """name, SQL type (TEXT, INTEGER, BLOB, REAL), and whether NULL is refused."""

    name: str
    type: str = "TEXT"
    required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `where` makes it partial (work queues)."""

    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `serial`: the key is one INTEGER that the database counts up. `clustered`: rows are kept in key order."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    serial: bool = False
    doc: str = ""
    clustered: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(spec: str) -> tuple[Column, ...]:
    """'id:int! name! at' -> columns; `:int` INTEGER, `:blob` BLOB, `:real` REAL, `!` NOT NULL, `=x` default."""
    made = []
    for word in spec.split():
        word, _, default = word.partition("=")
        required = word.endswith("!")
        name, _, kind = word.rstrip("!").partition(":")
        sql = {"": "TEXT", "int": "INTEGER", "blob": "BLOB", "real": "REAL"}[kind]
        made.append(Column(name, sql, required, default or None))
    return tuple(made)


def _table(
    name: str,
    spec: str,
    key: str,
    *indexes: Index,
    serial: bool = False,
    doc: str = "",
    clustered: bool = False,
) -> Table:
    return Table(name, _columns(spec), tuple(key.split()), indexes, serial, doc, clustered)


#: On every canonical source record. `raw_id` is the raw record that tells of it (the foremost, when several do:
#: then `supports` > 1 and `derivations` holds what each of them said). `stale`: its raw record changed and was
#: rejected since; these are the last good values.
ENVELOPE = _columns(
    "id:int! connection_id:int! external_type! external_id! raw_id:int! supports:int!=1 rank:int!=0 stale:int!=0 "
    "mapping_version:int! first_seen_at! changed_at!"
)


def source_table(entity: Entity) -> Table:
    """The table of an entity's source records: envelope, then the entity's columns."""
    fields = tuple(Column(name, kind) for field in entity.fields for name, kind in field.columns())
    indexes = [
        Index(("connection_id", "external_type", "external_id"), unique=True),
        Index(("raw_id",)),
    ]
    indexes += [
        Index(("connection_id", f"{field.name}_type", f"{field.name}_key"))
        for field in entity.fields
        if field.type == "ref" and field.to in ("customer", "interaction", "order", "ticket")
    ]
    return Table(entity.table, ENVELOPE + fields, ("id",), tuple(indexes), doc=entity.doc)


_GOLDEN = tuple(Column(name, kind) for field in GOLDEN_FIELDS for name, kind in field.columns())

TABLES: tuple[Table, ...] = (
    # --- what is connected -------------------------------------------------------------------------------------
    _table(
        "connections",
        "id:int! name! connector! created_at!",
        "id",
        Index(("name",), unique=True),
        serial=True,
    ),
    _table(
        "streams",
        "id:int! connection_id:int! name! consolidated_seq:int!=0 consolidated_raw:int!=0 mapping_version:int "
        "last_scan_at fields usual_count:int",
        "id",
        Index(("connection_id", "name"), unique=True),
        serial=True,
        doc="`consolidated_seq`: raw records with a greater seq wait for consolidation. `fields`: known shape (drift).",
    ),
    _table("checkpoints", "connection_id:int! stream! cursor run_id updated_at!", "connection_id stream"),
    _table(
        "mapping_versions",
        "id:int! connection_id:int! hash! document! created_at!",
        "id",
        Index(("connection_id", "hash"), unique=True),
        serial=True,
    ),
    # --- raw: the durable queue --------------------------------------------------------------------------------
    _table(
        "raw_records",
        "id:int! stream_id:int! key! seq:int! hash:blob! payload:blob! first_seen_at! changed_at! run_id! deleted_at",
        "id",
        Index(("stream_id", "key"), unique=True),
        Index(("stream_id", "seq")),
        doc="The latest version of each record. Every change takes a new, greater `seq`.",
    ),
    # --- runs --------------------------------------------------------------------------------------------------
    _table(
        "runs",
        "id! connection_id:int! kind! sync_id status! trigger started_at! finished_at heartbeat_at counts error",
        "id",
        Index(("connection_id", "started_at")),
        Index(("sync_id",)),
        Index(("status",), where="status = 'running'"),
    ),
    _table(
        "run_batches",
        "run_id! number:int! stream_id:int! taken:int! outcomes! scan at!",
        "run_id number",
        Index(("stream_id", "scan"), where="scan IS NOT NULL"),
        doc="One row per committed page or batch. `outcomes`: {outcome: [raw ids or reject ids]}; the balance is counted here.",
    ),
    _table(
        "run_events",
        "id:int! run_id connection_id:int at! level! kind! message! data",
        "id",
        Index(("run_id",)),
        Index(("connection_id", "at")),
        serial=True,
    ),
    _table(
        "rejects",
        "id:int! run_id! connection_id:int! stream_id:int! stage! key! raw_id:int code! message! path! location! "
        "payload:blob mapping_version:int state! times:int!=1 created_at! updated_at!",
        "id",
        Index(("stream_id", "stage", "key"), unique=True),
        Index(("state", "code")),
        Index(("raw_id",), where="raw_id IS NOT NULL"),
        serial=True,
        doc="One per record and stage. `payload` only where no raw record holds it.",
    ),
    _table(
        "exchanges",
        "id:int! connection_id:int! run_id at! method! url! status:int ms:int request response",
        "id",
        Index(("connection_id", "id")),
        serial=True,
        doc="The last HTTP exchanges of each connection, redacted.",
    ),
    _table(
        "leases",
        "name! owner! epoch:int! acquired_at! heartbeat_at! host! pid:int! boot_id! started!",
        "name",
        doc="`epoch` counts owners and is never set back. `started`: when the process began, against reused pids. "
        "A free lease has an empty owner.",
    ),
    _table(
        "counters",
        "name! next:int!",
        "name",
        doc="The next free number of everything that the hub counts itself.",
    ),
    _table(
        "budgets",
        "account! tokens:real counted_at:real parked_until",
        "account",
        doc="`tokens`: calls that were left at `counted_at` (epoch seconds, because milliseconds are too coarse).",
    ),
    _table(
        "budget_slots",
        "id:int! account! taken_at! host! boot_id! pid:int! started!",
        "id",
        Index(("account",)),
        serial=True,
        doc="One row for each call under way, with the process that makes it.",
    ),
    _table("secrets", "connection_id:int! name! value:blob! updated_at!", "connection_id name"),
    _table(
        "facts",
        "name! value!",
        "name",
        doc="Single things the store knows about itself, such as the identity policy in force.",
    ),
    # --- canonical ---------------------------------------------------------------------------------------------
    *(source_table(entity) for entity in ENTITIES.values()),
    _table(
        "derivations",
        "entity! row_id:int! raw_id:int! rank:int! observed_at fields!",
        "entity row_id raw_id",
        Index(("raw_id", "entity")),
        doc="What each raw record said of a canonical record that several tell of; `fields` is a JSON object.",
    ),
    # --- identity ----------------------------------------------------------------------------------------------
    _table(
        "identifiers",
        "source_id:int! type! issuer!='' value! shown label is_primary:int!=0 verified:int!=0",
        "source_id type issuer value",
        Index(("type", "value", "issuer")),
        doc="`value` is the normalised form that is compared; `shown` as received where that differs.",
        clustered=True,
    ),
    _table(
        "edges",
        "a:int! b:int! rule! weight:real! levels model_version:int!=0",
        "a b rule",
        Index(("b",)),
        doc="Evidence that two source customers are one person (a < b), in bits; enough to explain, never recomputed to explain.",
        clustered=True,
    ),
    _table(
        "memberships", "source_id:int! customer_id! rule! linked_at!", "source_id", Index(("customer_id",))
    ),
    _table(
        "decisions",
        "id:int! kind! a b field value actor! reason! at! reverses_id:int active:int!=1",
        "id",
        Index(("active",)),
        serial=True,
        doc="`a`, `b`: source customers as JSON [connection, type, external_id].",
    ),
    _table(
        "refusals",
        "a:int! b:int! guard! detail weight:real at! state!='open'",
        "a b guard",
        Index(("b",)),
        doc="Merges that a guard refused: the review queue.",
    ),
    Table(
        "customers",
        (
            *_columns(
                "id! status! merged_into_id members:int!=1 version:int!=1 created_at! updated_at! first_seen_at"
            ),
            *_GOLDEN,
        ),
        ("id",),
        (
            Index(("merged_into_id",), where="merged_into_id IS NOT NULL"),
            Index(("email",)),
            Index(("updated_at",)),
        ),
        doc="The golden record. A merged customer stays as an alias (`status` merged, `merged_into_id`).",
    ),
    _table(
        "customer_history",
        "id:int! customer_id! field! value valid_from valid_to! cause",
        "id",
        Index(("customer_id",)),
        serial=True,
        doc="Values a golden record used to have; the present ones are in `customers`.",
    ),
    _table(
        "identity_events",
        "id:int! kind! customer_id! other_id run_id actor reason data at!",
        "id",
        Index(("customer_id",)),
        Index(("run_id",)),
        serial=True,
        doc="created (only with split_from), merged, split, revived, record_moved. Append-only.",
    ),
    # --- outbox ------------------------------------------------------------------------------------------------
    _table(
        "outbox",
        "id:int! connection_id:int! customer_id! op! fields! hash! status! attempt:int!=0 next_at run_id created_at! updated_at!",
        "id",
        Index(
            ("connection_id", "customer_id"), unique=True, where="status IN ('pending', 'retry', 'unknown')"
        ),
        Index(("connection_id", "status", "id"), where="status IN ('pending', 'retry', 'unknown')"),
        serial=True,
    ),
    _table(
        "push_state",
        "connection_id:int! customer_id! remote_id sent_hash sent_fields state! updated_at!",
        "connection_id customer_id",
    ),
    _table(
        "deliveries",
        "id:int! outbox_id:int! connection_id:int! customer_id! run_id! op! status! code message remote_id at!",
        "id",
        Index(("run_id",)),
        Index(("customer_id",)),
        serial=True,
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
