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
from hub.plugins.manifests import manifest_connector, manifest_in, manifest_mapping, project_manifests

if TYPE_CHECKING:
    import click

    from hub.contract import Connector
    from hub.models import Run
    from hub.settings import ConnectionSettings

GROUP = "customer_hub"
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
    #: Functions for mappings, by name.
    mapping_functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    #: Files of starter mappings, by connector.
    starter_mappings: Mapping[str, Path] = field(default_factory=dict)
    #: Plugins that cannot be used.
    broken: Sequence[BrokenPlugin] = ()
    loaded: Sequence[Plugin] = ()

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


def load_plugins(project: Path | None = None) -> Plugins:
    """Everything the installed plugins offer, and the project's own `connectors/NAME/connector.yaml`.

    Raises PluginError HUB-2003 on a name that two of them claim.
    """
    loaded, broken = import_plugins()
    loaded += [] if project is None else _project_plugins(project)
    offers: list[_Offer] = []
    for plugin in loaded:
        try:
            offers.append(_Offer.of(plugin))
        except PluginError as error:
            broken.append(BrokenPlugin(plugin.name, plugin.distribution, error))
    return Plugins(
        connectors=_by_name("connector", ((o.plugin, c.name, c) for o in offers for c in o.connectors)),
        mapping_functions=_by_name(
            "mapping function", ((o.plugin, name, f) for o in offers for name, f in o.functions.items())
        ),
        starter_mappings=_by_name(
            "starter mapping", ((o.plugin, name, p) for o in offers for name, p in o.mappings)
        ),
        broken=tuple(broken),
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
    connectors: Sequence[type[Connector]]
    functions: Mapping[str, Callable[..., object]]
    #: By connector.
    mappings: Sequence[tuple[str, Path]]

    @classmethod
    def of(cls, plugin: Plugin) -> _Offer:
        from hub.plugins.check import check_connector

        try:
            connectors = tuple(plugin.call("hub_connectors") or ())
            mappings = [(path.stem, path) for path in _mapping_files(plugin.call("hub_mappings") or ())]
            if plugin.manifest is not None:
                made = manifest_connector(plugin.manifest, str(plugin), plugin.package)
                beside = manifest_mapping(plugin.manifest, made.name)
                connectors += (made,)
                mappings += [(made.name, beside)] if beside else []
            for connector in connectors:
                check_connector(connector)
            functions = dict(plugin.call("hub_mapping_functions") or {})
        except HubError:
            raise
        except Exception as error:  # an answer of a wrong type is the guest's mistake
            message = f"plugin {plugin} breaks the contract: {type(error).__name__}: {error}"
            raise PluginError("HUB-2002", message) from error
        return cls(plugin, connectors, functions, mappings)


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
