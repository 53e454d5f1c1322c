"""The one way in which a normaliser says no."""

from __future__ import annotations


class BadValue(ValueError):  # noqa: N818 - named for what it is: the value, not the program, is wrong
    """A value that cannot be what its field asks for.

    The mapping turns it into a nulled field with a warning. It never carries the value, so that it may be logged.

    code:     HUB-32xx, stable.
    message:  what was expected, without a full stop.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"
