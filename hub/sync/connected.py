"""A connection made ready for use: its connector with a validated config, its mapping, and what the engine lends it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from hub.contract import Connector, Context, Line, Secrets
from hub.errors import ConfigError, MappingError
from hub.http import Budget, HttpClient, OwnBudget, Ring, open_http
from hub.http.quota import Priority
from hub.mapping.document import Document, load
from hub.mapping.mapping import Mapping as CompiledMapping
from hub.mapping.mapping import compile_mapping
from hub.mapping.nodes import unknown
from hub.plugins import Plugins
from hub.settings import ConnectionSettings, Settings
from hub.store.api import Store

_log = logging.getLogger("hub.connection")


class LazyHttp:
    """An HTTP client that is made at its first use: a mailbox or a folder needs none."""

    def __init__(self, make: Callable[[], HttpClient]) -> None:
        self._make = make
        self._client: HttpClient | None = None

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """As `Http.get_json` of the contract."""
        return self._open().get_json(url, params=params)

    def request(self, method: str, url: str, **options: Any) -> Any:
        """As `Http.request` of the contract."""
        return self._open().request(method, url, **options)

    def ahead(self, method: str, url: str, **options: Any) -> None:
        """As `Http.ahead` of the contract."""
        self._open().ahead(method, url, **options)

    def lines(self, url: str, **options: Any) -> Iterator[Line]:
        """As `Http.lines` of the contract."""
        return self._open().lines(url, **options)

    def _open(self) -> HttpClient:
        if self._client is None:
            self._client = self._make()
        return self._client

    def close(self) -> None:
        """Closes the client, if one was made."""
        if self._client is not None:
            self._client.close()


@dataclass(frozen=True)
class Connected:
    """One connection of the project, ready for use."""

    settings: ConnectionSettings
    connector: Connector
    project: Settings
    plugins: Plugins

    @property
    def name(self) -> str:
        """Its name in hub.yaml."""
        return self.settings.name

    @cached_property
    def is_source(self) -> bool:
        """Whether `hub sync` reads from it."""
        return self.connector.capabilities.source and bool(self.connector.streams())

    @cached_property
    def is_destination(self) -> bool:
        """Whether customers are written to it: it can be, and it is marked so or has nothing to be read."""
        return self.connector.capabilities.destination and (self.settings.after_sync or not self.is_source)

    @cached_property
    def document(self) -> Document:
        """Its mapping as written. Raises ConfigError HUB-6016 when there is none, MappingError when it is wrong."""
        path = self.settings.mapping_path
        if not path.is_file():
            raise ConfigError(
                "HUB-6016",
                f"its mapping {_below(path, self.project)} does not exist",
                where=self.settings.where("mapping"),
                hint=f"`hub mappings copy {self.settings.connector}` puts the starter there.",
            )
        return load(path)

    @cached_property
    def mapping(self) -> CompiledMapping:
        """Its mapping, compiled with this connection's defaults. Raises MappingError HUB-7052 where it wants what the
        connector cannot do, HUB-1203 where a marker names a setting that the connector does not have."""
        self._refuse_archive()
        self._refuse_marker()
        return compile_mapping(
            self.document,
            functions=self.plugins.mapping_functions,
            defaults=dict(self.settings.mapping_defaults),
        )

    def _refuse_archive(self) -> None:
        can = self.connector.capabilities
        for object_, rule in self.document.out.items() if can.destination else ():
            if rule.gone == "archive" and object_ not in can.archives:
                problem = f"{self.settings.connector} cannot put {object_} away: `gone: archive` has nothing to call"
                hint = "Take `keep`, `delete`, or `{tag: {field: value}}`."
                raise MappingError("HUB-7052", problem, where=rule.gone_where, hint=hint)

    def _refuse_marker(self) -> None:
        known = self.connector.Config.model_fields
        for marker in (rule.marker for rule in self.document.out.values() if rule.marker):
            for name in marker.settings:
                if name not in known:
                    raise unknown(f"setting {name!r} in `ours`", name, known, marker.where, "HUB-1203")

    @property
    def ours(self) -> dict[str, frozenset[str]]:
        """Object -> what its `marker` says of records that we changed last; without objects where nothing is known of that."""
        config = self.connector.config
        told = {
            object_: {*rule.marker.ours, *(str(getattr(config, name) or "") for name in rule.marker.settings)}
            for object_, rule in self.document.out.items()
            if rule.marker
        }
        return {object_: frozenset(words - {""}) for object_, words in told.items() if words - {""}}

    @property
    def region(self) -> str | None:
        """The country of phone numbers without one, as its mapping says."""
        told = self.settings.mapping_defaults.get("region")
        return told or self.document.defaults.get("region")

    @property
    def account(self) -> str:
        """The vendor account whose allowance its calls are counted in."""
        return self.settings.account or self.connector.http().account or self.name

    @contextmanager
    def context(
        self,
        store: Store,
        *,
        budget: Budget,
        ring: Ring,
        stopping: Callable[[], bool],
        now: datetime | None = None,
        secrets: Secrets | None = None,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Iterator[Context]:
        """What the engine lends to the connector for one call. secrets: default those of the connection in the store.
        priority: whose calls these are, where the vendor account's allowance is short."""
        if secrets is None:
            secrets = store.secrets.of(store.connections.connection_id(self.name, self.settings.connector))
        options = self.connector.http()
        trusted = (*options.trusted_hosts, *self.settings.trusted_hosts)
        account, share = self.settings.account or options.account, self.settings.budget_share
        options = replace(options, trusted_hosts=trusted, account=account, share=share)
        if not options.account and options.requests_per_second is None and share >= 1 and not options.quotas:
            budget = OwnBudget(budget)
        http = LazyHttp(
            lambda: open_http(
                options, connection=self.name, budget=budget, ring=ring, stopping=stopping, priority=priority
            )
        )
        try:
            yield Context(
                connection=self.name,
                http=http,
                secrets=secrets,
                log=_log.getChild(self.name),
                now=now or datetime.now(UTC),
                project=self.project.project,
                stopping=stopping,
                own_domains=self.project.own_domains,
            )
        finally:
            http.close()


def connect(settings: Settings, plugins: Plugins, name: str) -> Connected:
    """The connection of that name. Raises ConfigError for an unknown name, connector or a wrong config."""
    connection = settings.connection(name)
    return Connected(connection, plugins.open(connection), settings, plugins)


def _below(path: Any, project: Settings) -> str:
    try:
        return str(path.relative_to(project.project))
    except ValueError:
        return str(path.name)
