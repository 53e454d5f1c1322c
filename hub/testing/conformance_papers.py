"""What a connector says of itself: its settings, its streams, its mapping, where it was tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hub import mapping
from hub.canonical.schema import ENTITIES
from hub.mapping.document import load
from hub.plugins import load_plugins
from hub.plugins.check import check_connector
from hub.settings import secret_fields
from hub.settings.shape import inside, is_secret

if TYPE_CHECKING:
    from hub.mapping import Mapping
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

#: Names of fields that hold what must not be seen; a name that goes on (token_url) holds something else.
_SECRET = re.compile(r"(token|secret|passw(or)?d|api_?key|private_key|credential)s?$", re.IGNORECASE)


def config(case: Conformance) -> None:
    """Descriptions everywhere, SecretStr where a name says so."""
    connector = case.connector_class()
    check_connector(connector)
    model = connector.Config
    open_secrets = {name for name in model.model_fields if _SECRET.search(name)} - set(secret_fields(model))
    # A mapping of secrets by name holds them just as well.
    open_secrets -= {
        name for name in open_secrets if any(map(is_secret, inside(model.model_fields[name].annotation, "")))
    }
    assert not open_secrets, f"these fields must be SecretStr: {', '.join(sorted(open_secrets))}"


def streams(case: Conformance) -> None:
    """Names once, keys, entities that exist, and all of it known to the mapping."""
    with case.open() as bench:
        found = list(bench.session.connector.streams())
        mapped = compiled(case).streams
    assert found, "there is no stream"
    names = [stream.name for stream in found]
    assert len(set(names)) == len(names), f"a stream is there twice: {names}"
    for stream in found:
        assert stream.key and all(stream.key), f"stream {stream.name} has no key"
        assert stream.entity in ENTITIES, f"stream {stream.name}: there is no entity {stream.entity!r}"
        assert stream.name in mapped, f"the mapping says nothing of stream {stream.name}"


def samples(case: Conformance) -> None:
    """Every record that comes is mapped or left out on purpose; at least one of each stream is mapped."""
    compiled_mapping = compiled(case)
    with case.open() as bench:
        _bring(case, bench)
        assert bench.session.rejects() == 0, (
            f"{bench.session.rejects()} records were refused when they landed"
        )
        for name, records in bench.session.landed().items():
            result = compiled_mapping.apply(name, list(enumerate(records.values())))
            told = [f"{one.code} {one.message} at {one.path}" for one in result.rejects[:3]]
            assert not told, f"{len(result.rejects)} of {len(records)} {name} are rejected: {'; '.join(told)}"
            assert result.mapped, f"none of {len(records)} {name} is mapped to anything"


def _bring(case: Conformance, bench: Bench) -> None:
    if case.connector_class().capabilities.source:
        bench.read_whole()
        return
    for request in case.arrivals(bench.vendor):
        bench.session.receive(request)


def live(case: Conformance) -> None:
    """Named, there, and about this connector."""
    assert case.live is not None, "it was not tried on the real system yet"
    folder = Path(case.live)
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.py")) if folder.is_dir() else []
    name = case.connector_class().name
    assert any(name in file.read_text(encoding="utf-8") for file in files), (
        f"{case.live} says nothing of {name}"
    )


def compiled(case: Conformance) -> Mapping:
    """The connector's mapping. Raises AssertionError when it has none, MappingError when it is wrong."""
    name, plugins = case.connector_class().name, load_plugins()
    path = case.mapping or _beside(case) or plugins.starter_mapping(name)
    assert path is not None, f"{name} brings no starter mapping, and the test names none"
    return mapping.compile(load(path), functions=plugins.mapping_functions)


def _beside(case: Conformance) -> Path | None:
    """The mapping beside a manifest."""
    found = case.connector.with_name("mapping.yaml") if isinstance(case.connector, Path) else None
    return found if found is not None and found.is_file() else None
