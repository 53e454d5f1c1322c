"""Plugins: built-in and guest connectors come in by one door, the entry-point group `customer_hub`.

Nothing here is global: `load_plugins()` makes a manager of its own. A plugin that fails is named in `broken` and stops
nothing; two plugins that claim one name are an error, because either could be meant.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from hub import hookspecs
from hub.errors import ConfigError, HubError, PluginError
from hub.plugins.manifests import (
    manifest_connector,
    manifest_in,
    manifest_mapping,
    manifest_name,
    project_manifests,
)

if TYPE_CHECKING:
    import click

    from hub.contract import Connector
    from hub.models import Run
    from hub.settings import ConnectionSettings

GROUP = "customer_hub"
#: The package that brings the hub and its own connectors.
DISTRIBUTION = "customer-hub"
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin that cannot be used, and why."""

    #: The entry point's name.
    name: str
    #: The installed package that brings it.
    distribution: str
    error: PluginError


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was imported: its hooks are ready to be called."""

    name: str
    distribution: str
    module: ModuleType
    hooks: Mapping[str, pluggy.HookImpl]
    #: Its manifest, when it is or has a connector without code.
    manifest: Path | None = None

    def call(self, hook: str, **arguments: object) -> Any:
        """Call one hook; None when the plugin does not have it. Raises PluginError HUB-2001."""
        impl = self.hooks.get(hook)
        if impl is None:
            return None
        try:
            return impl.function(*(arguments[name] for name in impl.argnames))
        except (Exception, SystemExit) as error:  # a guest may fail in any way and must stop nobody
            raise _failed(f"{hook}() of plugin {self}", error) from error

    @property
    def package(self) -> str:
        """The name of its package; empty for a connector of the project's own."""
        return self.module.__name__ if hasattr(self.module, "__path__") else ""

    def __str__(self) -> str:
        return f"{self.name!r} ({self.distribution})"


@dataclass(frozen=True)
class Plugins:
    """What all plugins offer."""

    connectors: Mapping[str, type[Connector]] = field(default_factory=dict)
    #: The names of all of them, read or not.
    known: frozenset[str] = frozenset()
    #: Functions for mappings, by name.
    mapping_functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    #: Files of starter mappings, by connector.
    starter_mappings: Mapping[str, Path] = field(default_factory=dict)
    #: Plugins that were found unusable when they were imported.
    broken_at_once: Sequence[BrokenPlugin] = ()
    #: Those of which that shows when they are read.
    broken_when_read: Callable[[], Sequence[BrokenPlugin]] = tuple
    loaded: Sequence[Plugin] = ()

    @property
    def broken(self) -> Sequence[BrokenPlugin]:
        """Every plugin that cannot be used; reads all of them."""
        return (*self.broken_at_once, *self.broken_when_read())

    def connector(self, name: str, *, where: str = "") -> type[Connector]:
        """The connector class of that name.

        Raises PluginError (why it is broken) or ConfigError HUB-1011 (with the nearest names).
        """
        if name in self.connectors:
            return self.connectors[name]
        for broken in self.broken:
            if broken.name == name:
                raise broken.error
        from hub.settings import choices

        hint = choices(name, self.connectors)
        raise ConfigError("HUB-1011", f"there is no connector {name!r}", where=where, hint=hint)

    def open(self, connection: ConnectionSettings) -> Connector:
        """The connection's connector, made with its checked config. Raises as `connector` and `resolve_config`."""
        from hub.settings import resolve_config

        connector = self.connector(connection.connector, where=connection.where("connector"))
        made = connector(resolve_config(connection, connector.Config))
        made.folder = connection.folder
        return made

    def starter_mapping(self, connector: str) -> Path | None:
        """The starter mapping for a connector: its plugin's, else the one that ships with the hub."""
        from hub.settings.starter import starter_mapping

        return self.starter_mappings.get(connector) or starter_mapping(connector)

    def fakes(self) -> dict[str, Callable[..., object]]:
        """Fakes of vendors, by connector name. Raises PluginError HUB-2003 when two plugins bring the same one."""
        told = ((plugin, plugin.call("hub_fakes") or {}) for plugin in self.loaded)
        return _by_name(
            "fake", ((plugin, name, fake) for plugin, fakes in told for name, fake in fakes.items())
        )

    def run_finished(self, run: Run) -> None:
        """Tell every plugin that a run has ended. What fails in them is logged and changes nothing."""
        for plugin in self.loaded:
            try:
                plugin.call("hub_run_finished", run=run)
            except PluginError as error:
                _log.warning(
                    "A plugin failed after a run", extra={"action": "plugin_failed", "error": error.as_dict()}
                )


class Connectors(Mapping[str, "type[Connector]"]):
    """Connectors by name; a manifest that came with the hub is read when it is first asked for, all when they are listed."""

    def __init__(self, told: Mapping[str, type[Connector] | Plugin]) -> None:
        self._made = {name: made for name, made in told.items() if not isinstance(made, Plugin)}
        self._unread = {name: plugin for name, plugin in told.items() if isinstance(plugin, Plugin)}
        self._broken: list[BrokenPlugin] = []

    def __getitem__(self, name: str) -> type[Connector]:
        if name in self._unread:
            self._read(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        self._read_all()
        return iter(sorted(self._made))

    def __len__(self) -> int:
        self._read_all()
        return len(self._made)

    @property
    def names(self) -> frozenset[str]:
        """Of all of them; reads none."""
        return frozenset((*self._made, *self._unread))

    @property
    def broken(self) -> Sequence[BrokenPlugin]:
        """Manifests that make no connector."""
        self._read_all()
        return tuple(self._broken)

    def _read_all(self) -> None:
        for name in tuple(self._unread):
            self._read(name)

    def _read(self, name: str) -> None:
        plugin = self._unread[name]
        try:
            self._made[name] = _made(plugin)
        except PluginError as error:
            self._broken.append(BrokenPlugin(plugin.name, plugin.distribution, error))
        # Last: another thread that does not find it among the unread finds it among the made.
        self._unread.pop(name, None)


def load_plugins(project: Path | None = None) -> Plugins:
    """Everything the installed plugins offer, and the project's own `connectors/NAME/connector.yaml`.

    A manifest that came with the hub is read when its connector is first asked for. Raises PluginError HUB-2003 on a name that two of them claim.
    """
    loaded, broken = import_plugins()
    loaded += [] if project is None else _project_plugins(project)
    offers: list[_Offer] = []
    for plugin in loaded:
        try:
            offers.append(_Offer.of(plugin))
        except PluginError as error:
            broken.append(BrokenPlugin(plugin.name, plugin.distribution, error))
    connectors = Connectors(
        _by_name("connector", ((o.plugin, name, made) for o in offers for name, made in o.connectors))
    )
    return Plugins(
        connectors=connectors,
        known=connectors.names,
        mapping_functions=_by_name(
            "mapping function", ((o.plugin, name, f) for o in offers for name, f in o.functions.items())
        ),
        starter_mappings=_by_name(
            "starter mapping", ((o.plugin, name, p) for o in offers for name, p in o.mappings)
        ),
        broken_at_once=tuple(broken),
        broken_when_read=lambda: connectors.broken,
        loaded=tuple(offer.plugin for offer in offers),
    )


def load_commands() -> tuple[dict[str, click.Command], list[BrokenPlugin]]:
    """Commands that plugins add to `hub`, by name; cheaper than `load_plugins`, for it asks for nothing else."""
    loaded, broken = import_plugins()
    told: list[tuple[Plugin, str, click.Command]] = []
    for plugin in loaded:
        try:
            told += [(plugin, str(command.name), command) for command in plugin.call("hub_commands") or ()]
        except PluginError as error:
            broken.append(BrokenPlugin(plugin.name, plugin.distribution, error))
    return _by_name("command", told), broken


def import_plugins() -> tuple[list[Plugin], list[BrokenPlugin]]:
    """Import every plugin, each under a guard; no hook is called."""
    loaded: list[Plugin] = []
    broken: list[BrokenPlugin] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        distribution = entry.dist.name if entry.dist else "unknown"
        try:
            loaded.append(_import(entry, distribution))
        except PluginError as error:
            broken.append(BrokenPlugin(entry.name, distribution, error))
    return loaded, broken


def _import(entry: EntryPoint, distribution: str) -> Plugin:
    called = f"plugin {entry.name!r} ({distribution})"
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:  # a guest may fail in any way and must stop nobody
        raise _failed(called, error) from error
    manager = pluggy.PluginManager(GROUP)  # one for each, so that what it finds wrong has a culprit
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError("HUB-2002", f"{called} breaks the contract: {error}") from error
    callers = manager.get_hookcallers(module) or ()
    hooks = {caller.name: impl for caller in callers for impl in caller.get_hookimpls()}
    manifest = manifest_in(module)
    if not hooks and manifest is None:
        hint = (
            "Its entry point must name a module that has functions marked with `hub.hookimpl`, or a package with "
            "a connector.yaml."
        )
        raise PluginError("HUB-2002", f"{called} has no hook", hint=hint)
    return Plugin(entry.name, distribution, module, hooks, manifest)


def _project_plugins(project: Path) -> list[Plugin]:
    """The project's own connectors without code."""
    return [
        Plugin(path.parent.name, "this project", ModuleType(path.parent.name), {}, path)
        for path in project_manifests(project)
    ]


def _failed(what: str, error: BaseException) -> PluginError:
    return PluginError("HUB-2001", f"{what} failed: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one plugin brings, checked: all of it, or the plugin is broken."""

    plugin: Plugin
    #: By name; a manifest that says its name is not read further.
    connectors: Sequence[tuple[str, type[Connector] | Plugin]]
    functions: Mapping[str, Callable[..., object]]
    #: By connector.
    mappings: Sequence[tuple[str, Path]]

    @classmethod
    def of(cls, plugin: Plugin) -> _Offer:
        try:
            connectors = [*_told(plugin), *_unread(plugin)]
            mappings = [(path.stem, path) for path in _mapping_files(plugin.call("hub_mappings") or ())]
            if plugin.manifest is not None:
                name, _ = connectors[-1]
                beside = manifest_mapping(plugin.manifest, name)
                mappings += [(name, beside)] if beside else []
            functions = dict(plugin.call("hub_mapping_functions") or {})
        except HubError:
            raise
        except Exception as error:  # an answer of a wrong type is the guest's mistake
            message = f"plugin {plugin} breaks the contract: {type(error).__name__}: {error}"
            raise PluginError("HUB-2002", message) from error
        return cls(plugin, connectors, functions, mappings)


def _told(plugin: Plugin) -> Iterator[tuple[str, type[Connector]]]:
    """The connectors that a plugin's hook names. Raises PluginError on one that breaks the contract."""
    from hub.plugins.check import check_connector

    for connector in tuple(plugin.call("hub_connectors") or ()):
        check_connector(connector)
        yield connector.name, connector


def _unread(plugin: Plugin) -> Iterator[tuple[str, type[Connector] | Plugin]]:
    """The connector of a plugin's manifest: still the plugin, if it came with the hub, whose tests have read it."""
    if plugin.manifest is None:
        return
    name = manifest_name(plugin.manifest) if plugin.distribution == DISTRIBUTION else ""
    if name:
        yield name, plugin
    else:
        made = _made(plugin)
        yield made.name, made


def _made(plugin: Plugin) -> type[Connector]:
    """The connector of a plugin's manifest, checked. Raises PluginError."""
    from hub.plugins.check import check_connector

    assert plugin.manifest is not None
    made = manifest_connector(plugin.manifest, str(plugin), plugin.package)
    check_connector(made)
    return made


def _mapping_files(told: Iterable[Path]) -> Iterator[Path]:
    """The mappings among files and folders; their tests beside them are not mappings."""
    for path in told:
        found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if not file.name.endswith(".test.yaml"))


def _by_name(kind: str, told: Iterable[tuple[Plugin, str, T]]) -> dict[str, T]:
    """By name; a name told twice is an error that names both plugins."""
    found: dict[str, tuple[Plugin, T]] = {}
    for plugin, name, thing in told:
        if name in found:
            message = f"two plugins offer the {kind} {name!r}: {found[name][0]} and {plugin}"
            raise PluginError("HUB-2003", message, hint="Uninstall one of the two packages.")
        found[name] = (plugin, thing)
    return {name: thing for name, (_, thing) in found.items()}
