"""Times as the shop and the checkpoint write them: UTC, seconds, `2026-07-30T18:22:41`; in a checkpoint with Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub import CursorGone


def to_text(moment: datetime) -> str:
    """For a checkpoint: `2026-07-30T18:22:41Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(text: str) -> datetime:
    """Back from `to_text`."""
    return datetime.fromisoformat(text)


def to_shop(text: str) -> str:
    """For `modified_after` with `dates_are_gmt`: no zone letter."""
    return text.removesuffix("Z")


def earlier(text: str, minutes: int) -> str:
    """The same, some minutes before."""
    return to_text(from_text(text) - timedelta(minutes=minutes))


def later(text: str, seconds: int) -> str:
    """The same, some seconds after."""
    return to_text(from_text(text) + timedelta(seconds=seconds))


def is_due(last: str | None, hours: int, now: datetime) -> bool:
    """Whether something that is to happen every `hours` must happen again; a clock set back does not stop it."""
    return last is None or abs(now - from_text(last)) >= timedelta(hours=hours)


def refuse_set_back(since: str, now: str, overlap: int) -> None:
    """Raises CursorGone HUB-4407 when the shop's clock shows a time before the one up to which changes were read.

    Whatever changed since it was set back bears a time that we would never ask for. overlap: minutes that are read
    again anyway; a minute's difference between several servers of one shop is none."""
    if now < earlier(since, max(overlap, 1)):
        raise CursorGone(
            "HUB-4407",
            "the shop's clock was set back: changes since then cannot be told by their time",
            hint="Nothing: everything is read again.",
        )
