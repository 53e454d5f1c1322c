"""Making a project's folder, and adding to its hub.yaml without losing a comment."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from hub.errors import ConfigError
from hub.models import Json
from hub.settings.layers import FILE, build
from hub.settings.model import ConnectionSettings, Settings
from hub.settings.starter import starters
from hub.settings.values import NAME
from hub.settings.yaml_file import editor, parse_tree, parse_yaml, read_yaml

_NOTHING: Mapping[str, Json] = MappingProxyType({})
_NO_SECRETS: Mapping[str, str] = MappingProxyType({})
_GITIGNORE = ("hub.db*", "hub.key", "keys.db", "secrets/")


def init_project(folder: Path) -> list[str]:
    """Make a project of a folder: starter settings, an empty `mappings/`, and a .gitignore that keeps secrets out.

    Returns the names of what was made. Raises ConfigError HUB-1030 when a file is there already; then nothing changes.
    """
    sources = sorted((starters() / "config").glob("*.yaml"))
    taken = [source.name for source in sources if (folder / source.name).exists()]
    if taken:
        hint = "Take another folder, or go on with the project that is here: `hub connect add`."
        raise ConfigError("HUB-1030", f"there is already a project here: {', '.join(taken)}", hint=hint)
    try:
        (folder / "mappings").mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copyfile(source, folder / source.name)
        _ignore(folder / ".gitignore")
    except OSError as error:
        raise ConfigError("HUB-1033", f"the project cannot be written: {error.strerror}") from error
    return [*(source.name for source in sources), "mappings/", ".gitignore"]


def _ignore(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    missing = [line for line in _GITIGNORE if line not in lines]
    path.write_text("\n".join([*lines, *missing]) + "\n", encoding="utf-8")


def draft_connection(
    project: Path,
    name: str,
    connector: str,
    config: Mapping[str, Json],
    *,
    secrets: Mapping[str, str] = _NO_SECRETS,
    options: Mapping[str, Json] = _NOTHING,
) -> ConnectionSettings:
    """A connection as it would be after `add_connection`, for trying its credentials first; nothing is written."""
    _check_name(name)
    literal = {field: f"plain:{value}" for field, value in secrets.items()}
    entry = _entry(connector, {**config, **literal}, options)
    draft = build(project, read_yaml(project / FILE), {"connections": {name: entry}})
    return draft.connection(name)


def add_connection(
    project: Path,
    name: str,
    connector: str,
    config: Mapping[str, Json],
    *,
    secrets: Mapping[str, str] = _NO_SECRETS,
    options: Mapping[str, Json] = _NOTHING,
) -> Settings:
    """Write a new connection into hub.yaml, and its secrets into files of their own.

    config:   what goes under `config:`; secrets that are already references (`env:NAME`) belong here.
    secrets:  secret texts by field name; each goes to secrets/<name>.<field>, mode 0600.
    options:  other settings of the connection, such as `schedule`.

    The result is checked before it replaces the file. Raises ConfigError: HUB-1031 the name is taken, and those
    of `load`.
    """
    _check_name(name)
    path = project / FILE
    tree = parse_tree(_text(path), FILE)
    connections = _connections(tree)
    if name in connections:
        hint = "Take another name, or change the connection in the file."
        where = f"{FILE}:{connections.lc.key(name)[0] + 1}"
        raise ConfigError("HUB-1031", f"there is already a connection {name!r}", where=where, hint=hint)
    references = {field: _reference(name, field) for field in secrets}
    connections[name] = _tree(_entry(connector, {**config, **references}, options))
    text = _dumped(tree)
    settings = build(project, parse_yaml(text, FILE), {})
    for field, value in secrets.items():
        write_secret(project, name, field, value)
    replace_file(path, text)
    return settings


def write_secret(project: Path, connection: str, field: str, value: str) -> str:
    """Keep a secret in a file that only its owner can read; returns the reference to write into hub.yaml."""
    replace_file(project / "secrets" / f"{connection}.{field}", value, mode=0o600)
    return _reference(connection, field)


def replace_file(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write a file whole or not at all: a crash leaves the old one. Raises ConfigError HUB-1033.

    mode: permissions of the file; by default those it had. A missing folder is made for its owner only.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        permissions = mode if mode is not None else path.stat().st_mode & 0o777
        # mkstemp makes the file readable by its owner only.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(permissions)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise ConfigError("HUB-1033", message, where=path.name) from error


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        hint = "Use a-z, 0-9, - and _, at most 63 of them: shop-eu."
        raise ConfigError("HUB-1004", f"{name!r} cannot be the name of a connection", hint=hint)


def _reference(connection: str, field: str) -> str:
    return f"file:secrets/{connection}.{field}"


def _entry(connector: str, config: Mapping[str, Json], options: Mapping[str, Json]) -> dict[str, Json]:
    return {"connector": connector, **options, "config": dict(config)}


def _text(path: Path) -> str:
    read_yaml(path)  # for its errors: they say what is wrong with the file, and where
    return path.read_text(encoding="utf-8")


def _connections(tree: CommentedMap) -> CommentedMap:
    """The mapping under `connections:`, made when it is missing, empty, or written as `{}`."""
    connections = tree.get("connections")
    if isinstance(connections, CommentedMap) and connections:
        return connections
    tree["connections"] = CommentedMap()
    return tree["connections"]  # type: ignore[no-any-return]  # ruamel is untyped here


def _tree(value: Json) -> Json:
    """Block style for mappings, `[a, b]` for lists: as in the starter."""
    if isinstance(value, Mapping):
        return CommentedMap({key: _tree(below) for key, below in value.items()})
    if isinstance(value, (list, tuple)):
        items = CommentedSeq(_tree(below) for below in value)
        items.fa.set_flow_style()
        return items
    return value


def _dumped(tree: CommentedMap) -> str:
    stream = StringIO()
    editor().dump(tree, stream)
    return stream.getvalue()
