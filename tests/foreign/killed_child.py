"""The hub that is killed: forked lives of one connection to the fake tap, each ended by SIGKILL.

Half of them die after a while, the others when a page was just committed.

Arguments: folder, seed, number of deaths, `good` or `hasty` (states go out ahead of their records), settings of the tap.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from hub.foreign import SingerSource
from hub.foreign.batch import Batch
from hub.foreign.singer import SingerReader
from hub.models import Page
from hub.sync import landing
from hub.testing.session import Session


class Tap(SingerSource):
    name = "singer"
    title = "A tap"


class Hasty(Batch):
    """Wrong, for the control: the state of the whole tap goes out first."""

    def pages(self) -> list[Page]:
        made = super().pages()
        states = [
            Page(page.stream, (), page.checkpoint, page.scope) for page in made if page.checkpoint is not None
        ]
        return [*states, *(replace(page, checkpoint=None) for page in made)]


def life(folder: Path, settings: dict[str, object], last_page: int) -> None:
    config = {
        "command": [sys.executable, str(Path(__file__).with_name("fake_tap.py"))],
        "settings": {"vendor": str(folder / "vendor.json"), **settings},
        "secrets": {"token": "token-number-1"},
        "streams": {"customers": "id", "orders": "id"},
    }
    with Session(Tap, config, folder) as session:
        if last_page:
            session.watched.after = lambda number: (
                os.kill(os.getpid(), signal.SIGKILL) if number >= last_page else None
            )
        session.sync()


def main() -> None:
    folder, seed, deaths, order, settings = sys.argv[1:]
    landing.GROUP_RECORDS, landing.GROUP_SECONDS = 1, 0
    Batch.__init__.__defaults__ = (5,)
    if order == "hasty":
        good = SingerReader.__init__

        def made(self: SingerReader, *arguments: object, **more: object) -> None:
            good(self, *arguments, **more)  # type: ignore[arg-type]
            self.batch = Hasty()

        SingerReader.__init__ = made  # type: ignore[method-assign]
    chance = random.Random(int(seed))
    killed = 0
    for number in range(int(deaths)):
        child = os.fork()
        if child == 0:
            life(Path(folder), json.loads(settings), last_page=0 if number % 2 else chance.randint(1, 5))
            os._exit(0)
        if number % 2:
            time.sleep(chance.uniform(0.05, 0.5))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    print(killed)


if __name__ == "__main__":
    main()
