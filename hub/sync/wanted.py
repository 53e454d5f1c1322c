"""What is to stand at a destination, held against what stands there: the fields that are worth sending. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import orjson

from hub.canonical.time import from_text, to_text
from hub.mapping.out import MERGE, OutRule, Win
from hub.models import Json

Fields = Mapping[str, Json]
#: How far two clocks may be apart for `latest`.
SKEW = timedelta(minutes=2)
#: Later than any clock tells: where nobody says what time it is, an edit is not over.
NOW = "9000-01-01T00:00:00.000Z"


def wanted(fields: Fields, rule: OutRule | None) -> dict[str, Json]:
    """What is to stand there. rule: None where rows are written whole, with their empty fields.

    A field without a value is left as it is there, unless the mapping says `clear`."""
    if rule is None:
        return dict(fields)
    return {name: value for name, value in fields.items() if not is_empty(value) or name in rule.clear}


class Fate(NamedTuple):
    """What becomes of one field that the destination says otherwise than we do."""

    #: Our value goes; theirs stays; or a person is asked, and theirs stays until then.
    word: Literal["goes", "stays", "asked"]
    #: What stands there from then on.
    value: Json
    #: Which rule says so.
    win: Win = MERGE
    #: When theirs does not stay any more by itself (time text).
    until: str | None = None


@dataclass(frozen=True, slots=True)
class There:
    """A record of the destination as far as we know it."""

    #: What we told it last, by field; what both sides say since then counts, too.
    sent: Fields | None = None
    #: What it told us last.
    remote: Fields | None = None
    #: Field -> when somebody changed it there, and when ours was last said (time texts).
    edits: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, Json] | None:
        """What stands there: what it told us last goes over what we told it."""
        return known(self.sent, self.remote)

    @classmethod
    def of(cls, sent: str | None, remote: str | None, edits: str | None = None) -> There:
        """From JSON texts as the store has them."""
        return cls(parsed(sent), parsed(remote), parsed(edits) or {})


def fates(target: Fields, there: There, rule: OutRule | None, now: str = "") -> dict[str, Fate]:
    """Each field that the destination says otherwise, and what becomes of it. target: what is to stand there, as `wanted`
    gives it; rule: None where rows are written whole."""
    held = there.known
    found = {}
    for name, value in target.items():
        if held is None:
            if rule is None or (rule.sends(name) and not is_empty(value)):
                found[name] = Fate("goes", value, rule.winner(name) if rule else MERGE)
        elif not same(value, held.get(name)):
            fate = _fate(name, value, held.get(name), there, rule, now) if rule else Fate("goes", value)
            if not (fate.word == "goes" and same(fate.value, held.get(name))):
                found[name] = fate
    return found


def _fate(name: str, ours: Json, theirs: Json, there: There, rule: OutRule, now: str) -> Fate:
    win = rule.winner(name)
    stays, goes = Fate("stays", theirs, win), Fate("goes", ours, win)
    if not rule.sends(name):
        return stays
    edit = there.edits.get(name)
    match win.word:
        case "ours":
            return goes
        case "theirs":
            return stays
        case "fill":
            return goes if is_empty(theirs) else stays
        case "append" if name not in (there.remote or {}):
            return stays  # what it has besides is not known, and would be taken out
        case "append":
            return Fate("goes", _united(theirs, ours), win)
        case "human" if edit and edit[0]:
            until = to_text(from_text(edit[0]) + timedelta(days=win.days))
            return stays._replace(until=until) if until > now else goes
        case "human":
            return goes
        case "latest" if edit and edit[0] and edit[1]:
            later = from_text(edit[0]) - from_text(edit[1])
            if abs(later) > SKEW:
                return stays if later > SKEW else goes
    only_theirs, both = _who_changed(name, ours, there)
    if win.word == "review" and both:
        return Fate("asked", theirs, win)
    return stays if only_theirs else goes


def _who_changed(name: str, ours: Json, there: There) -> tuple[bool, bool]:
    """Whether only they changed a field since we last agreed, and whether both did (or never agreed)."""
    sent, remote = there.sent or {}, there.remote or {}
    if name not in remote:
        return False, False
    if name not in sent:
        return False, not is_empty(remote[name])
    they, we = not same(remote[name], sent[name]), not same(ours, sent[name])
    return they and not we, they and we


def _united(theirs: Json, ours: Json) -> list[Json]:
    """Theirs, and of ours what is not among them."""
    there, add = ([] if is_empty(one) else one if isinstance(one, list) else [one] for one in (theirs, ours))
    united = list(there)
    for one in add:
        if one not in united:
            united.append(one)
    return united


def changed(target: Fields, held: Fields | None, rule: OutRule | None, now: str = "") -> dict[str, Json]:
    """The fields to send to a record that was just looked at. held: what it holds, None: there is none."""
    return _sent(fates(target, There() if held is None else looked_at(held, now or NOW), rule, now))


def looked_at(held: Fields, now: str) -> There:
    """A record that was just looked at, and never before. Nobody knows when it was last changed by whom: what it has a
    value of counts as edited now."""
    return There(None, held, {name: (now, None) for name in held if not is_empty(held[name])})


def to_send(
    target: Fields,
    sent: Fields | None,
    remote: Fields | None,
    rule: OutRule | None,
    edits: Mapping[str, Sequence[str | None]] | None = None,
    now: str = "",
) -> dict[str, Json]:
    """The fields to send: see `fates`."""
    return _sent(fates(target, There(sent, remote, edits or {}), rule, now))


#: Winners that ask when somebody changed a field there.
_TIMED = ("human", "latest")


def edits_left(
    edits: Mapping[str, Any], there: Fields, ours: Fields, written: Fields, rule: OutRule | None, now: str
) -> dict[str, Any]:
    """The edits there that count from now on: not those that we wrote over, and what is there otherwise than we say
    without our knowing since when, as of now."""
    left = {name: at for name, at in edits.items() if name not in written}
    for name, value in there.items():
        known = name in left or name in written or is_empty(value) or same(value, ours.get(name))
        if rule is not None and rule.winner(name).word in _TIMED and not known:
            left[name] = (now, None)
    return left


def edits_seen(state: There, told: Fields, rule: OutRule, at: str) -> dict[str, Any]:
    """The edits there that count when a destination tells what a record holds. state: as we knew it; at: when it was
    changed there. What it only repeats, of its own or of ours, is no edit."""
    left = {name: mark for name, mark in state.edits.items() if name in told}
    for name, value in told.items():
        if rule.winner(name).word not in _TIMED:
            continue
        if state.remote is not None and name in state.remote and same(value, state.remote[name]):
            continue
        if state.sent is not None and same(value, state.sent.get(name)):
            left.pop(name, None)
        elif state.remote is None or not same(value, state.remote.get(name)):
            left[name] = (at, None)
    return left


def marked(fields: Fields, there: There, rule: OutRule | None) -> dict[str, Json]:
    """Of the fields that mark a record as a former customer's, those to send, whoever else's word counts there."""
    held = there.known or {}
    change = {}
    for name, value in fields.items():
        united = rule is not None and rule.winner(name).word == "append"
        value = _united(held.get(name), value) if united else value
        if not same(value, held.get(name)):
            change[name] = value
    return change


def _sent(found: Mapping[str, Fate]) -> dict[str, Json]:
    return {name: fate.value for name, fate in found.items() if fate.word == "goes"}


def clears(change: Fields, held: Fields | None) -> list[str]:
    """The fields that the change empties."""
    return [
        name for name, value in change.items() if is_empty(value) and not is_empty((held or {}).get(name))
    ]


def is_empty(value: Json) -> bool:
    """Whether there is no value: nothing, an empty text, an empty list."""
    return value is None or value in ("", [], {})


def same(one: Json, other: Json) -> bool:
    """Whether two values are one; no value, however it is written, is one too."""
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def digest(target: Fields) -> str:
    """Names what is to stand there, whatever the order of its fields."""
    return hashlib.blake2b(
        orjson.dumps(dict(target), option=orjson.OPT_SORT_KEYS), digest_size=16
    ).hexdigest()


def text(fields: Fields) -> str:
    """Fields as JSON text, in their order."""
    return orjson.dumps(dict(fields)).decode()


def parsed(json_text: str | None) -> dict[str, Json] | None:
    """Fields from JSON text."""
    return orjson.loads(json_text) if json_text else None


def known(sent: Fields | None, remote: Fields | None) -> dict[str, Json] | None:
    """What stands there as far as we know: what it told us last goes over what we told it."""
    if sent is None and remote is None:
        return None
    return {**(sent or {}), **(remote or {})}


def only(fields: Fields, names: Sequence[str]) -> dict[str, Any]:
    """Some of the fields."""
    return {name: fields[name] for name in names if name in fields}
