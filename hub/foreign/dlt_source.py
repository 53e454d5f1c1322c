"""Any dlt source as a source of ours: our own tap runs it, with the Python of its environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hub.contract import Context
from hub.errors import ConfigError
from hub.foreign import environments
from hub.foreign.call import Call
from hub.foreign.options import DltConfig
from hub.foreign.singer_source import SingerSource

_TAP = Path(__file__).with_name("dlt_tap.py")


class DltSource(SingerSource):
    """Base of the connector `dlt`, and of connectors for one source."""

    Config = DltConfig  # type: ignore[assignment]
    config: DltConfig  # type: ignore[assignment]

    def tap(self, context: Context) -> list[str]:
        """Our tap for it. Raises ConfigError HUB-4801 (not installed) or HUB-4817 (no such file)."""
        place, _, name = self.config.source.rpartition(":")
        if not place or not name:
            raise ConfigError(
                "HUB-4817",
                f"{self.config.source!r} names no function",
                where=context.connection,
                hint="Write module:function, or folder/file.py:function.",
            )
        if place.endswith(".py") and not (context.project / place).is_file():
            raise ConfigError("HUB-4817", f"there is no file {place}", where=context.connection)
        return [*self._python(context), str(_TAP), self.config.source]

    def environment(self, call: Call) -> Mapping[str, str]:
        """It reports to nobody, and takes settings from us alone."""
        return {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(call.folder.path)}

    def _python(self, context: Context) -> list[str]:
        if self.config.command:
            return list(self.config.command)
        try:
            return [str(environments.find(context.project, self.config.package).python)]
        except ConfigError as error:
            raise ConfigError(error.code, error.message, where=context.connection, hint=error.hint) from None
