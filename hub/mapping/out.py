"""The `out:` part of a mapping: what rows of a destination are made of, whose word counts there, and what may be done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hub.canonical.schema import ENTITIES
from hub.errors import MappingError
from hub.mapping.expression import Expression, First, Pipeline
from hub.mapping.nodes import Node, unknown, wrong_kind

#: Whose word counts where a destination says something else than we do. See `Win`.
WINNERS = ("merge", "ours", "theirs", "human", "latest", "fill", "append", "review")
#: What rows are made of: golden customers, or deals as a source tells of them.
CUSTOMER, DEAL = OUT_ENTITIES = ("customer", "deal")
#: Whose records rows may name, by what they are made of.
LINKED: Final[Mapping[str, tuple[str, ...]]] = {CUSTOMER: ("company",), DEAL: ("contact", "company")}
#: What is said of customers only.
_OF_CUSTOMERS = ("direction", "marker", "match", "opt_out", "type")
_SETTING = re.compile(r"\{config\.([A-Za-z_]\w*)\}")
_HUMAN = re.compile(r"human (\d{1,4}) days?")
_PURPOSES = ENTITIES["consent"].by_name["purpose"].values
#: The channel of a consent that is for all of them.
ANY_CHANNEL: Final = "any"
_CHANNELS = (
    ANY_CHANNEL,
    *(one for one in ENTITIES["consent"].by_name["channel"].values if one != ANY_CHANNEL),
)
_KEYS = (
    "fields", "links", "when", "wins", "direction", "clear", "fill", "match", "gone", "missing", "type", "purpose",
    "opt_out", "marker", "entity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Win:
    """Whose word counts for one field of a record that is there already.

    merge   who changed it since we last agreed; where both did, we (what holds where nothing is said)
    ours    we, always: what is changed there is put back
    theirs  the destination, always: we write it only when we create the record
    human   an edit there for so many days, then we
    latest  whoever said it later, by clocks that may differ by two minutes; else as merge
    fill    the destination, once it has any value
    append  both: a list gets what it lacks, and nothing is taken out of it; nothing is sent where the destination never
            told what it has
    review  who changed it since we last agreed; where both did, a person is asked
    """

    word: str = "merge"
    #: Of `human`.
    days: int = 0

    def __str__(self) -> str:
        return f"human {self.days} days" if self.word == "human" else self.word


MERGE: Final = Win()
OURS: Final = Win("ours")


@dataclass(frozen=True, slots=True)
class OptOut:
    """What a field holds of somebody who said no. It is never sent for anybody else: the hub passes on a no, and no yes."""

    #: A no to any of these counts.
    purposes: tuple[str, ...]
    #: By which channel it was said no to; a no to every channel counts, too.
    channel: str
    value: str | int | float | bool

    def covers(self, purpose: str, channel: str) -> bool:
        """Whether a no to this is a no to what the field is about."""
        channels = (self.channel, ANY_CHANNEL)
        return purpose in self.purposes and (self.channel == ANY_CHANNEL or channel in channels)


@dataclass(frozen=True, slots=True)
class Marker:
    """What a record that is read back says of who changed it last: a hint, by which nothing is taken and nothing left out."""

    #: Read from the raw record.
    value: Expression
    #: Its values that mean that it was us.
    ours: tuple[str, ...]
    #: Settings of the connection that hold such values.
    settings: tuple[str, ...]
    #: file:line of `ours`.
    where: str


@dataclass(frozen=True, slots=True)
class OutLink:
    """A field that holds the id that another record has there: that of the customer's company, or of a deal's customer."""

    field: str
    #: Whose record: `company`; of a deal also `contact`.
    whose: str
    #: The object that this record is one of; it stands before this one in `out`.
    object: str


@dataclass(frozen=True, slots=True)
class OutRule:
    """What the rows of one object of a destination are made of, and what may be done to those that are there."""

    #: In the order written.
    fields: tuple[tuple[str, Expression], ...]
    where: str
    #: Fields that name other records of the destination.
    links: tuple[OutLink, ...] = ()
    #: The customers that it is for: all must hold.
    when: tuple[Expression, ...] = ()
    #: Fields that are emptied there where we have no value; others are left as they are.
    clear: frozenset[str] = frozenset()
    #: Whose word counts, by field; others are merged.
    wins: Mapping[str, Win] = field(default_factory=dict)
    #: Fields that go one way only: `in` is never written there, `out` is never taken from there.
    direction: Mapping[str, str] = field(default_factory=dict)
    #: Fields that tell which record there is whose, after our id and the e-mail address.
    match: tuple[str, ...] = ()
    #: What happens to the row of a customer that is no more, or that it is not for any more: keep, tag, archive, delete.
    gone: str = "keep"
    #: What `gone: tag` sets.
    tag: Mapping[str, Any] = field(default_factory=dict)
    #: file:line of `gone`.
    gone_where: str = ""
    #: What happens where somebody deleted the row there: ask, create or unlink.
    missing: str = "ask"
    #: Where the connection is read, too: the external type of its own records that are such rows.
    type: str = "customer"
    #: What the rows are used for: whoever said no to it is not sent. Empty: it is not asked.
    purpose: str = ""
    #: Fields that tell of a person's no, and of nothing else.
    opt_out: Mapping[str, OptOut] = field(default_factory=dict)
    #: Who changed a record last, as it says itself when it is read back.
    marker: Marker | None = None
    #: What the rows are made of: CUSTOMER or DEAL.
    entity: str = CUSTOMER

    @property
    def of_customers(self) -> bool:
        """Whether a row is a golden customer."""
        return self.entity == CUSTOMER

    def winner(self, name: str) -> Win:
        """Whose word counts for a field. A no counts whatever the destination says: the most restrictive wins."""
        return OURS if name in self.opt_out else self.wins.get(name, MERGE)

    def sends(self, name: str) -> bool:
        """Whether a field is ever written there."""
        return self.direction.get(name) != "in"

    def column(self, name: str) -> str | None:
        """The golden column that a field is, as it is or with functions; None where it is something else."""
        return next((_column(value) for field, value in self.fields if field == name), None)

    def field_of(self, column: str) -> str | None:
        """The first field that is a golden column, such as `email`."""
        return next((name for name, value in self.fields if _column(value) == column), None)

    @property
    def out_only(self) -> frozenset[str]:
        """Golden columns of which the destination's own word is not taken."""
        names = [name for name, way in self.direction.items() if way == "out"]
        return frozenset(column for name in names if (column := self.column(name)))


def out_rules(
    node: Node | None,
    value: Callable[[Node, str], Expression],
    conditions: Callable[[Node | None], tuple[Expression, ...]],
) -> dict[str, OutRule]:
    """The rules of an `out:` block by object. value, conditions: how a field's value and `when` are read.

    Raises MappingError with file:line."""
    if node is None:
        return {}
    rules: dict[str, OutRule] = {}
    for name, rule in node.table("`out`").items():
        before = tuple(name for name, one in rules.items() if one.of_customers)
        rules[name] = _rule(name, rule, before, value, conditions)
    return rules


def _rule(
    name: str,
    node: Node,
    before: tuple[str, ...],
    value: Callable[[Node, str], Expression],
    conditions: Callable[[Node | None], tuple[Expression, ...]],
) -> OutRule:
    parts = node.table(f"out {name!r}", _KEYS, ("fields",))
    entity = _choice(parts.get("entity"), "entity", OUT_ENTITIES)
    _refuse_of_customers(entity, parts)
    entries = parts["fields"].entries("`fields`")
    pairs = {entry.key: value(entry.node, entry.key) for entry in entries}
    links = _links(parts.get("links"), tuple(pairs), before, LINKED[entity])
    known = [*pairs, *(link.field for link in links)]
    gone, tag = _gone(parts.get("gone"), known)
    return OutRule(
        fields=tuple(pairs.items()),
        where=node.where,
        links=links,
        when=conditions(parts.get("when")),
        clear=frozenset(_names(parts.get("clear"), "clear", known)),
        wins=_wins(parts.get("wins"), parts.get("fill"), known),
        direction=_direction(
            parts.get("direction"),
            {name: _column(pairs[name]) if name in pairs else None for name in known},
        ),
        match=_names(parts.get("match"), "match", known),
        gone=gone,
        tag=tag,
        gone_where=parts["gone"].where if "gone" in parts else "",
        missing=_choice(parts.get("missing"), "missing", ("ask", "create", "unlink")),
        type=parts["type"].text("`type`") if "type" in parts else entity,
        purpose=_choice(parts.get("purpose"), "purpose", ("", *_PURPOSES)),
        opt_out=_opt_outs(parts.get("opt_out"), known),
        marker=_marker(parts.get("marker"), value),
        entity=entity,
    )


def _refuse_of_customers(entity: str, parts: Mapping[str, Node]) -> None:
    told = [name for name in _OF_CUSTOMERS if name in parts]
    if entity != CUSTOMER and told:
        problem = f"`{told[0]}` is for rows of customers, and these are of {entity}s"
        raise MappingError("HUB-1205", problem, where=parts[told[0]].where)


def _links(
    node: Node | None, fields: Sequence[str], before: Sequence[str], whose_: tuple[str, ...]
) -> tuple[OutLink, ...]:
    """Fields with whose record of which object they name. before: the objects of customers that are written first; whose_:
    whose records may be named."""
    links = []
    for entry in node.entries("`links`") if node else []:
        if entry.key in fields:
            problem = f"{entry.key!r} stands in `fields` and in `links`"
            raise MappingError("HUB-1205", problem, where=entry.where)
        named = entry.node.table(f"the link {entry.key!r}", whose_, whose_ if len(whose_) == 1 else ())
        if len(named) != 1:
            raise wrong_kind(
                f"the link {entry.key!r}", f"one of {' or '.join(whose_)}, with its object", entry.node
            )
        ((whose, told),) = named.items()
        object_ = told.text("the object of a link")
        if object_ not in before:
            raise unknown(f"object {object_!r} before this one", object_, before, told.where, "HUB-1203")
        links.append(OutLink(entry.key, whose, object_))
    return tuple(links)


def _wins(node: Node | None, fill: Node | None, known: Sequence[str]) -> dict[str, Win]:
    """Whose word counts; `fill: [owner]` is short for `wins: {owner: fill}`."""
    wins = dict.fromkeys(_names(fill, "fill", known), Win("fill"))
    for name, place, told in _of_fields(node, "wins", known):
        if name in wins:
            raise MappingError("HUB-1205", f"{name!r} stands in `fill` and in `wins`", where=place)
        wins[name] = _win(told, name)
    return wins


def _win(node: Node, name: str) -> Win:
    word = node.text(f"the winner of {name!r}").strip()
    if found := _HUMAN.fullmatch(word):
        return Win("human", int(found[1]))
    if word not in WINNERS or word == "human":
        words = tuple("human 30 days" if one == "human" else one for one in WINNERS)
        raise unknown(f"winner {word!r} of {name!r}", word, words, node.where, "HUB-1203")
    return Win(word)


def _direction(node: Node | None, columns: Mapping[str, str | None]) -> dict[str, str]:
    """columns: the golden column that each field is, where it is simply one."""
    told = {}
    for name, place, value in _of_fields(node, "direction", tuple(columns)):
        word = _choice(value, f"direction of {name}", ("both", "in", "out"))
        if word == "out" and columns[name] is None:
            problem = f"{name!r} is made of several things, so nobody can tell what not to take from there"
            hint = "`out` is for a field that is one of ours: job: $.job_title."
            raise MappingError("HUB-1205", problem, where=place, hint=hint)
        if word != "both":
            told[name] = word
    return told


def _column(value: Expression) -> str | None:
    """The golden column that an expression is, as it is or with functions."""
    if isinstance(value, Pipeline) and value.path.root == "$" and len(value.path.steps) == 1:
        return str(value.path.steps[0])
    return None


def _gone(node: Node | None, known: Sequence[str]) -> tuple[str, dict[str, Any]]:
    if node is None or node.kind != "table":
        return _choice(node, "gone", ("keep", "archive", "delete")), {}
    tag = node.table("`gone`", ("tag",), ("tag",))["tag"]
    told = {name: value.plain() for name, _, value in _of_fields(tag, "tag", known)}
    if not told:
        raise wrong_kind("`tag`", "a table of the fields that it sets", tag)
    return "tag", told


def _opt_outs(node: Node | None, known: Sequence[str]) -> dict[str, OptOut]:
    """Fields that tell of a no; `known` are the others, which tell of something else."""
    told = {}
    for entry in node.entries("`opt_out`") if node is not None else ():
        name = entry.key
        if name in known:
            raise MappingError("HUB-1205", f"{name!r} stands in `fields` and in `opt_out`", where=entry.where)
        parts = entry.node.table(f"opt_out {name!r}", ("purpose", "channel", "value"), ("purpose", "value"))
        purpose, value = parts["purpose"], parts["value"]
        nodes = purpose.items("`purpose`") if purpose.kind == "list" else (purpose,)
        plain = value.plain()
        if value.kind != "scalar" or plain in (None, "") or not nodes:
            raise wrong_kind(f"opt_out {name!r}", "purposes, and the value of somebody who said no", value)
        purposes = tuple(_choice(one, "purpose", _PURPOSES) for one in nodes)
        told[name] = OptOut(purposes, _choice(parts.get("channel"), "channel", _CHANNELS), plain)
    return told


def _marker(node: Node | None, value: Callable[[Node, str], Expression]) -> Marker | None:
    if node is None:
        return None
    parts = node.table("`marker`", ("value", "ours"), ("value", "ours"))
    told = value(parts["value"], "value")
    if not isinstance(told, Pipeline | First):
        raise wrong_kind("`value` of `marker`", "a path of the raw record", parts["value"])
    ours = parts["ours"]
    words = [_ours(one) for one in (ours.items("`ours`") if ours.kind == "list" else (ours,))]
    if not words:
        raise wrong_kind("`ours`", "at least one value", ours)
    settings = tuple(found[1] for word in words if (found := _SETTING.fullmatch(word)))
    return Marker(told, tuple(word for word in words if "{" not in word), settings, ours.where)


def _ours(node: Node) -> str:
    """A value that means that it was us, or a setting that holds one."""
    told = node.value if node.kind == "scalar" and not isinstance(node.value, bool) else None
    word = "" if told is None else str(told).strip()
    if not word or ("{" in word and not _SETTING.fullmatch(word)):
        expected = "what `value` is where we changed the record, or a setting such as {config.user_id}"
        raise wrong_kind("`ours`", expected, node)
    return word


def _of_fields(node: Node | None, what: str, known: Sequence[str]) -> list[tuple[str, str, Node]]:
    """(field, file:line, value) of a table whose keys are fields of the object."""
    if node is None:
        return []
    for entry in node.entries(f"`{what}`"):
        if entry.key not in known:
            raise unknown(f"field {entry.key!r} of `{what}`", entry.key, known, entry.where, "HUB-1203")
    return [(entry.key, entry.where, entry.node) for entry in node.entries(f"`{what}`")]


def _names(node: Node | None, what: str, known: Sequence[str]) -> tuple[str, ...]:
    """Some of the fields of an object of `out`."""
    if node is None:
        return ()
    names = [(item.text(f"`{what}`"), item.where) for item in node.items(f"`{what}`")]
    for name, where in names:
        if name not in known:
            raise unknown(f"field {name!r}", name, known, where, "HUB-1203")
    return tuple(name for name, _ in names)


def _choice(node: Node | None, what: str, words: tuple[str, ...]) -> str:
    """One of some words, the first by default."""
    if node is None:
        return words[0]
    word = node.text(f"`{what}`")
    if word not in words:
        raise unknown(f"word {word!r} for `{what}`", word, words, node.where, "HUB-1203")
    return word
