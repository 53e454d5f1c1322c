"""What the manifest cannot say: whether both tables have the alternate key that upserts need, and it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub import BadAnswer, CheckResult, ConfigError, Context, RestConnector

#: Objects of the mapping's `out:` block, as the tables are called where they are described.
_TABLES: Mapping[str, str] = {"accounts": "account", "contacts": "contact"}


class Dynamics(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Microsoft Dynamics 365, as `manifest.yaml` describes it."""

    def check(self, context: Context) -> CheckResult:
        """Who we are there. Raises ConfigError HUB-4823 when a table lacks the key for our id."""
        told = super().check(context)
        for name, table in _TABLES.items():
            state = self._key_state(table, context)
            if state != "Active":
                missing = f"its key is {state}" if state else "it has no such key"
                raise ConfigError(
                    "HUB-4823",
                    f"{name} need an alternate key of just {self.config.hub_field}, and {missing}",
                    where=context.connection,
                    hint="Make it in Power Apps (Tables, Keys), and wait until it is Active.",
                )
        return told

    def _key_state(self, table: str, context: Context) -> str:
        """Active, Pending, InProgress or Failed; empty when there is no key of just that column.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/entitykeymetadata"""
        path = f"/EntityDefinitions(LogicalName='{table}')/Keys"
        params = {"$select": "KeyAttributes,EntityKeyIndexStatus"}
        body: Any = self.session(context).read("GET", path, params=params).body
        if not isinstance(body, dict) or not isinstance(body.get("value"), list):
            raise BadAnswer(
                "HUB-4640", f"the answer has no list of keys of {table}", where=context.connection
            )
        ours = [key for key in body["value"] if key.get("KeyAttributes") == [self.config.hub_field]]
        return str(ours[0].get("EntityKeyIndexStatus")) if ours else ""
