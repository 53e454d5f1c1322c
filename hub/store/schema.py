"""The store's tables, declared once as data; both drivers create them from here.

Two column types are enough and portable: TEXT and INTEGER (plus BLOB for raw payloads). Times are UTC text of one
width (`2026-07-30T18:22:41.000Z`), so that they sort; JSON is TEXT. Enum values are checked in code, not here.

What is truth: `raw_records`, the canonical source records, and `decisions`. What is derived and can be rebuilt:
`identifiers`, `match_features`, `block_keys`, `retired_keys`, `edges`, `memberships`, `customers`. `customer_history`
stays as the record of what was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.canonical.schema import ENTITIES, GOLDEN_FIELDS, Entity, Field


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


@dataclass(frozen=True, slots=True)
class View:
    """A question that people may ask as if it were a table. `columns`: name -> what it is; none of them is personal."""

    name: str
    columns: Mapping[str, str]
    select: str
    doc: str = ""


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
    for field in entity.fields:
        columns = ("connection_id", f"{field.name}_type", f"{field.name}_key")
        if field.type == "ref" and field.to in ("customer", "interaction", "order", "ticket"):
            indexes.append(Index(columns))
        elif _is_rarely_named(entity, field):
            # Most interactions and the like name none: only those that do are kept in order.
            indexes.append(Index(columns, where=f"{field.name}_key IS NOT NULL"))
    return Table(entity.table, ENVELOPE + fields, ("id",), tuple(indexes), doc=entity.doc)


def _is_rarely_named(entity: Entity, field: Field) -> bool:
    """Whether records of the entity are asked for by this field, and most have none in it."""
    rare = ("campaign", "deal", "invoice", "payment", "shipment")
    of_companies = entity.name in ("customer", "deal") and field.to == "organization"
    return field.type == "ref" and (field.to in rare or of_companies)


#: Statuses of an outbox row that is not over: one of them may be tried again, by itself or when a person says so.
OPEN = "'pending', 'retry', 'unknown', 'rejected', 'invalid'"

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
        "id:int! connection_id:int! run_id at! method! url! status:int ms:int request response retries:int!=0 error",
        "id",
        Index(("connection_id", "id")),
        serial=True,
        doc="The last HTTP exchanges of each connection, redacted. `retries`: how often the same had been asked before; "
        "`error`: the code of what went wrong.",
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
    _table(
        "budget_windows",
        "account! quota! allowed:int! used:int! left_over:int ends_at!",
        "account quota",
        doc="A vendor's windows of calls, a minute's or a day's, as its answers told of them. `quota`: the header; `used`: by "
        "us; `left_over`: to everybody, where that is told.",
    ),
    _table(
        "budget_waits",
        "account! priority:int! until!",
        "account",
        doc="The most urgent call that waits for its turn, so that others let it go first.",
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
        "match_features",
        "source_id:int! name! data:blob!",
        "source_id",
        doc="Each source customer as it is compared: folded and packed (`hub.identity.features.pack`). `name`: the stable "
        "key (`str(SourceKey)`) that orders records and breaks ties.",
    ),
    _table(
        "block_keys",
        "key:int! source_id:int!",
        "key source_id",
        doc="Whom it is worth to compare: those who share a key (`hub.identity.blocking`). Identifiers are among them.",
        clustered=True,
    ),
    _table(
        "retired_keys",
        "key:int! type! value! records:int! names:int! at!",
        "key",
        doc="Keys that propose nobody now, because too many have them. `type`, `value`: of an identifier, which then "
        "says nothing in comparisons either; empty for a combination of fields. `records`, `names`: as it was retired.",
    ),
    _table(
        "edges",
        "a:int! b:int! rule! weight:real! levels:blob model:int!=0",
        "a b rule",
        Index(("b",)),
        doc="Evidence on whether two source customers (a < b) are one person, in bits. `rule`: `match` a link, `same` a "
        "person's word: these connect; `inside` another pair of a component, for or against. `levels`: enough to "
        "explain the weight without comparing again (`hub.identity.waterfall`), by the comparisons of `model`.",
        clustered=True,
    ),
    _table(
        "models",
        "id:int! version! name! document! created_at! active:int!=0",
        "id",
        Index(("version",), unique=True),
        serial=True,
        doc="Models that edges were weighed with. The active one holds; where none is, the one that ships.",
    ),
    _table(
        "term_frequencies",
        "model:int! feature! value! share:real!",
        "model feature value",
        doc="How common values are among people, frozen with their model.",
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
        "a:int! b:int! guard! detail weight:real size:int joined:int!=0 at! state!='open'",
        "a b guard",
        Index(("b",)),
        doc="The review queue: merges that a guard refused, and those that are doubtful (guard `doubt`; `joined`: they "
        "were made). a, b: the strongest pair across. `weight`: mean weight across, in bits; `size`: records of both.",
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
            Index(("organization_name",), where="organization_name IS NOT NULL"),
            Index(("full_name",), where="kind = 'organization'"),
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
        "id:int! connection_id:int! object!='customers' customer_id! op! fields! hash! trying status! attempt:int!=0 "
        "next_at run_id created_at! updated_at! priority:int!=2",
        "id",
        Index(("connection_id", "customer_id", "object"), unique=True, where=f"status IN ({OPEN})"),
        Index(("connection_id", "id"), where=f"status IN ({OPEN})"),
        Index(("connection_id", "priority"), where=f"priority < 2 AND status IN ({OPEN})"),
        serial=True,
        doc="At most one open row for each record of a destination: what it is to hold. `trying`: what is under way to it, "
        "or may have arrived; a newer plan does not touch it. `priority`: 0 carries out an erasure and 1 tells of a "
        "person's no, and they go first.",
    ),
    _table(
        "push_state",
        "connection_id:int! object!='customers' customer_id! remote_id sent_hash sent_fields remote_fields state! edits "
        "updated_at!",
        "connection_id customer_id object",
        Index(("connection_id", "object", "remote_id"), where="remote_id IS NOT NULL"),
        doc="What a destination holds of a customer. `sent_fields`: as we told it; `remote_fields`: as it told us last; "
        "`edits`: field -> [when somebody changed it there, when ours was last said].",
    ),
    _table(
        "push_records",
        "key! entity! connection_id:int! external_type! external_id!",
        "key",
        doc="Records of destinations that are no customers: which deal of which connection the key is of that stands for it "
        "as `customer_id` in `outbox`, `push_state` and `deliveries`. `external_id`: empty where it was erased.",
    ),
    _table(
        "push_links",
        "connection_id:int! object! customer_id! remote_id! rule! actor! at!",
        "connection_id customer_id object",
        doc="How a customer and a record that was there before were found to be one. `rule`: the field that both have, or "
        "`person`.",
    ),
    _table(
        "deliveries",
        "id:int! outbox_id:int! connection_id:int! object!='customers' customer_id! run_id! op! changed status! code "
        "message remote_id at! exchange_id:int",
        "id",
        Index(("run_id",)),
        Index(("customer_id",)),
        Index(("outbox_id",)),
        serial=True,
        doc="Every attempt. `changed`: names of the fields that it sent, never their values. `exchange_id`: the request that "
        "carried it, which may be forgotten by now.",
    ),
    _table(
        "push_destinations",
        "connection_id:int! previewed_with previewed_at begun_at filled_at closed_until",
        "connection_id",
        doc="`previewed_with`: the `out:` block whose effects a person has seen. `begun_at`: when the first push that was "
        "not only a try began, `filled_at`: when one came to its end. `closed_until`: after too many failures nothing is sent before then.",
    ),
    _table(
        "push_pauses",
        "connection_id:int! object! actor! reason! at!",
        "connection_id object",
        doc="Where nothing is sent. Connection 0: everywhere; an empty object: the whole destination.",
    ),
    _table(
        "write_ledger",
        "id:int! connection_id:int! object! remote_id! field! value_hash! at! expires_at! met_at",
        "id",
        Index(("connection_id", "object", "remote_id", "field")),
        Index(("expires_at",)),
        serial=True,
        doc="Which value a destination took from us for a field, to know it again when it is read back. `met_at`: it was.",
    ),
    _table(
        "push_frozen",
        "connection_id:int! object! customer_id! field! reason! at!",
        "connection_id customer_id object field",
        doc="Fields that are not sent any more, because they go back and forth or the destination rewrites them.",
    ),
    _table(
        "reconcile_findings",
        "id:int! run_id! connection_id:int! object! outcome! customer_id remote_id! why! fields",
        "id",
        Index(("connection_id", "object")),
        Index(("customer_id",), where="customer_id IS NOT NULL"),
        doc="Records of a destination that the last reconciling run found otherwise than they should be. `why`: a word on it; "
        "`fields`: names of the fields that differ, never their values.",
    ),
    # --- alerts ------------------------------------------------------------------------------------------------
    _table(
        "alerts",
        "connection_id:int! rule! state! since! last_seen message! detail told:int!=0 muted_until",
        "connection_id rule",
        doc="One for each rule that ever held for a connection. `state`: open, closed. `since`: when it became so. `told`: "
        "somebody was told that it is open, and is told when it closes.",
    ),
    _table(
        "alert_notices",
        "id:int! channel! connection_id:int! body! attempts:int!=0 next_at! error at!",
        "id",
        Index(("channel", "id")),
        serial=True,
        doc="Notices that wait for their channel, in order; delivered ones are gone. `body`: JSON, without anybody's data.",
    ),
    # --- erasures ----------------------------------------------------------------------------------------------
    _table("erasures", "id:int! customer_id! actor! reason! counts! at!", "id", serial=True),
    _table(
        "erasure_lines",
        "id:int! erasure_id:int! connection_id:int! object! state! outbox_id:int",
        "id",
        Index(("erasure_id",)),
        serial=True,
        doc="One for each system that held something of an erased person. `outbox_id`: the delivery whose answer is the "
        "proof; without one, `state` says what is to be done.",
    ),
    _table(
        "tombstones", "hash! erasure_id:int!", "hash", doc="Salted hashes of who and what is to stay out."
    ),
)

#: For queries of people: they hold ids, names of fields, codes and times, and nobody's data.
VIEWS: tuple[View, ...] = (
    View(
        "sync_runs",
        {
            "run_id": "the run",
            "sync_id": "the sync that it was part of",
            "connection": "the connection's name",
            "kind": "pull, consolidate, push or reconcile",
            "status": "how it ended",
            "started_by": "command, schedule, webhook",
            "started_at": "UTC",
            "finished_at": "UTC",
            "counts": "JSON: what became of its rows",
        },
        "SELECT r.id, r.sync_id, c.name, r.kind, r.status, r.trigger, r.started_at, r.finished_at, r.counts "
        "FROM runs r JOIN connections c ON c.id = r.connection_id",
        doc="One row for each run.",
    ),
    View(
        "sync_changelog",
        {
            "id": "counts up",
            "at": "UTC",
            "run_id": "the run that did it",
            "connection": "the destination's name",
            "object": "the kind of record there",
            "customer_id": "the customer here",
            "remote_id": "the record there",
            "op": "upsert, tag, archive, delete",
            "status": "what became of it",
            "code": "why, where it was not sent",
            "fields": "JSON: names of the fields that were sent",
        },
        "SELECT d.id, d.at, d.run_id, c.name, d.object, d.customer_id, d.remote_id, d.op, d.status, d.code, d.changed "
        "FROM deliveries d JOIN connections c ON c.id = d.connection_id",
        doc="One row for each operation on a record of a destination.",
    ),
    View(
        "sync_snapshot",
        {
            "connection": "the destination's name",
            "object": "the kind of record there",
            "customer_id": "the customer here",
            "remote_id": "the record there",
            "state": "sent, left, deleted, gone, unlinked, ambiguous, conflict",
            "changed_at": "UTC, when that was last learned",
            "last_status": "what became of the last operation",
            "last_code": "why, where it was not sent",
            "last_at": "UTC",
        },
        "SELECT c.name, p.object, p.customer_id, p.remote_id, p.state, p.updated_at, d.status, d.code, d.at "
        "FROM push_state p JOIN connections c ON c.id = p.connection_id LEFT JOIN deliveries d ON d.id = "
        "(SELECT max(l.id) FROM deliveries l WHERE l.customer_id = p.customer_id AND l.connection_id = p.connection_id "
        "AND l.object = p.object)",
        doc="One row for each record of a destination, as it stands.",
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
