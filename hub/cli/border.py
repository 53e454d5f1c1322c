"""The border where errors become a message, a JSON object and an exit code. Nothing that goes wrong passes it by."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from hub.cli.app import App
from hub.errors import HubError

#: The exit code after Ctrl-C, as a shell would give it.
INTERRUPTED = 130
#: Rooms whose frames are worth naming when something unexpected happens.
_OURS = ("hub", "connectors")


def run(work: Callable[..., Any], args: Sequence[str] | None, *rest: Any, **extra: Any) -> NoReturn:
    """Run click's `main` and exit with the command's code."""
    for stream in (sys.stdout, sys.stderr):
        _never_fail(stream)
    app = App()
    words = list(sys.argv[1:] if args is None else args)
    extra["standalone_mode"] = False
    extra.setdefault("obj", app)
    extra.setdefault("prog_name", "hub")
    sys.exit(_code(app, lambda: work(words, *rest, **extra), words))


def _code(app: App, work: Callable[[], Any], words: Sequence[str]) -> int:
    try:
        code = work()
    except HubError as error:
        return tell(app, error)
    except (click.Abort, KeyboardInterrupt):
        return tell(app, HubError("HUB-9003", "interrupted"), INTERRUPTED)
    except click.ClickException as error:
        # The option may stand behind the mistake, where click did not come to.
        app.output.json = app.output.json or "--json" in words
        return _usage(app, error)
    except Exception as error:  # noqa: BLE001 - the last border: everything becomes a code and a place
        return tell(app, unexpected(app, error))
    return code if isinstance(code, int) else 0


def tell(app: App, error: HubError, code: int | None = None) -> int:
    """Say an error on standard error, with `--json` also as an object on standard output; the exit code."""
    app.output.item({"type": "error", **error.as_dict()})
    app.output.complain(*str(error).splitlines())
    return error.exit_code if code is None else code


def unexpected(app: App, error: BaseException) -> HubError:
    """An error that nobody foresaw: its kind and its place, but not its words, which may quote a value."""
    if app.debug:
        import traceback

        app.output.complain("".join(traceback.format_exception(error)).rstrip())
    return HubError(
        "HUB-9001",
        f"this should not have happened: {type(error).__name__}",
        where=place(error),
        hint="Please report it with this message; `--debug` shows the way there.",
    )


def place(error: BaseException) -> str:
    """`resolve.py:120`: the innermost frame that is ours, else the innermost of all."""
    found = innermost = ""
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        innermost = f"{path.name}:{trace.tb_lineno}"
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
            found = innermost
        trace = trace.tb_next
    return found or innermost


def _usage(app: App, error: click.ClickException) -> int:
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    hint = f"See `{context.command_path} --help`." if context is not None else "See `hub --help`."
    return tell(app, HubError("HUB-9002", error.format_message(), hint=hint), error.exit_code)


def _never_fail(stream: IO[str]) -> None:
    """A terminal that knows only ASCII shows escapes instead of ending the work."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and not os.environ.get("PYTHONIOENCODING", "").count(":"):
        reconfigure(errors="backslashreplace")
