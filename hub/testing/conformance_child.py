"""The process that is killed: reads a case's connector in forked lives, each of which ends where it is told.

First line of standard input: `{connector, config, folder, now}`. Each further one: `[page, when]` or `null`, and one
line comes back: `killed`, or the status of the run.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import orjson

from hub.contract import Connector
from hub.sync import landing
from hub.testing.driver import Clock
from hub.testing.session import Session


def find(where: Mapping[str, str]) -> type[Connector]:
    """The connector: a plugin by name, a manifest, a class of a module, or of a file that is no module of anybody."""
    if "plugin" in where:
        from hub.plugins import load_plugins

        return load_plugins().connector(where["plugin"])
    if "manifest" in where:
        from hub.rest import load_connector

        return load_connector(Path(where["manifest"]))
    try:
        module = import_module(where["module"])
    except ImportError:
        spec = spec_from_file_location(where["module"], where["file"])
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[where["module"]] = module_from_spec(spec)
        spec.loader.exec_module(module)
    found: Any = module
    for part in where["name"].split("."):
        found = getattr(found, part)
    assert isinstance(found, type)
    assert issubclass(found, Connector)
    return found


def life(connector: type[Connector], told: Mapping[str, Any], death: tuple[int, str] | None) -> str:
    """One run, in this process; does not come back when a death is met."""
    clock = Clock(datetime.fromisoformat(told["now"]))
    with Session(connector, told["config"], Path(told["folder"]), clock=clock) as session:
        if death is not None:
            _doom(session, *death)
        pulled = session.sync()
        return str(pulled.error or pulled.status.value).splitlines()[0]


def _doom(session: Session, page: int, when: str) -> None:
    def die(number: int) -> None:
        if number >= page:
            os.kill(os.getpid(), signal.SIGKILL)

    match when:
        case "read":
            session.watched.before = die
        case "after":
            session.watched.after = die
        case _:
            # The last step of the transaction: rows are in it, its commit is to come.
            right = session.store.runs.add_batch

            def half_done(*arguments: Any, **rest: Any) -> Any:
                right(*arguments, **rest)
                die(len(session.watched.pages))

            session.store.runs.add_batch = half_done  # type: ignore[method-assign]


def main() -> None:
    """Reads what to do, and does it."""
    # One page a commit, so that there are many places to die at.
    landing.GROUP_RECORDS = 1
    told = orjson.loads(sys.stdin.buffer.readline())
    connector = find(told["connector"])
    for line in sys.stdin.buffer:
        sys.stdout.write(_forked(connector, told, orjson.loads(line)) + "\n")
        sys.stdout.flush()


def _forked(connector: type[Connector], told: Mapping[str, Any], death: tuple[int, str] | None) -> str:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(theirs, life(connector, told, death).encode())
            code = 0
        except BaseException:  # noqa: BLE001 - told to the parent's standard error
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        said = answer.read().decode()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else said or "failed"


if __name__ == "__main__":
    main()
