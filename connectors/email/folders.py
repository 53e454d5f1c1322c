"""Which folders are read when nobody says: what arrived and what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imap_tools import FolderInfo

from hub import ConfigError

_SENT = (
    "sent|sent items|sent mail|sent messages|sent-mail|sentmail|gesendet|gesendete elemente|gesendete objekte"
    "|éléments envoyés|envoyés|enviados|elementos enviados|inviati|posta inviata|verzonden|verzonden items"
    "|已发送|已发送邮件|已傳送|送信済みアイテム|送信済み"
)
_UNWANTED = (
    "drafts|draft|entwürfe|brouillons|borradores|bozze|concepten|草稿|templates|outbox|unsent messages"
    "|junk|junk e-mail|spam|bulk mail|垃圾邮件"
    "|trash|deleted|deleted items|deleted messages|papierkorb|corbeille|papelera|cestino|已删除"
)
#: Names of the sent mail on servers that do not mark it (RFC 6154), without the hierarchy above.
_SENT_NAMES = frozenset(_SENT.split("|"))
#: Folders of files that are left out: not sent yet, or thrown away.
_UNWANTED_NAMES = frozenset(_UNWANTED.split("|"))


def chosen(known: Mapping[str, FolderInfo], wanted: Sequence[str], *, gmail: bool) -> list[str]:
    """Folders of an IMAP account to read, in order. Raises ConfigError HUB-4104 naming those there are."""
    if wanted:
        return _named(list(known), wanted)
    everything = [name for name, info in known.items() if _marked(info, r"\all")]
    if gmail and everything:
        return everything[:1]  # elsewhere every message of All Mail is in a folder too
    sent = [name for name, info in known.items() if _marked(info, r"\sent")]
    sent = sent or [name for name, info in known.items() if is_sent_name(name, info.delim)]
    inbox = [name for name in known if name.upper() == "INBOX"]
    return inbox + [name for name in sent if name not in inbox]


def chosen_files(known: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """Folders of a mailbox in files to read, in order. Raises ConfigError HUB-4104."""
    names = sorted(known)
    if wanted:
        return _named(names, wanted)
    return [name for name in names if _last(name, "/").casefold() not in _UNWANTED_NAMES]


def is_sent(info: FolderInfo) -> bool:
    """Whether the folder holds what we sent."""
    return _marked(info, r"\sent") or is_sent_name(info.name, info.delim)


def is_sent_name(name: str, delimiter: str = "/") -> bool:
    """Whether a folder of this name holds what we sent."""
    return _last(name, delimiter).casefold() in _SENT_NAMES


def _named(there: Sequence[str], wanted: Sequence[str]) -> list[str]:
    by_fold = {name.casefold(): name for name in there}
    missing = [name for name in wanted if name not in there and name.casefold() not in by_fold]
    if missing:
        names = ", ".join(repr(name) for name in missing)
        raise ConfigError(
            "HUB-4104", f"no folder {names} in this mailbox",
            hint=f"Write one of these in `folders`: {', '.join(sorted(there))[:1_000] or 'there are none'}.",
        )  # fmt: skip
    return [name if name in there else by_fold[name.casefold()] for name in wanted]


def _marked(info: FolderInfo, flag: str) -> bool:
    return any(item.lower() == flag for item in info.flags)


def _last(name: str, delimiter: str) -> str:
    return name.rsplit(delimiter, 1)[-1] if delimiter and delimiter != "NIL" else name
