"""A connector class made from a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import urljoin

from hub.contract import (
    Capabilities,
    CheckResult,
    Connector,
    Context,
    HttpOptions,
    Received,
    Request,
    Stream,
)
from hub.errors import ConfigError, MissingScope, SkipStream
from hub.models import Checkpoint, Found, Json, Page, RowResult, Selection, StreamSelection, WriteRow
from hub.rest.auth import ClientCredentials, Hmac, RefreshToken
from hub.rest.children import ChildReading
from hub.rest.consent import Consent
from hub.rest.document import Document, load_manifest
from hub.rest.fields import config_model, plain
from hub.rest.jwks import Jwks
from hub.rest.listing import CapReached, Listing
from hub.rest.manifest import Manifest
from hub.rest.reading import Reading, State, Step, Wish, is_due
from hub.rest.receiving import Receiving
from hub.rest.scanning import Scanning
from hub.rest.session import HmacSigner, NoSigner, Session, Signer, common_params, http_options, signs
from hub.rest.streams import RestStream
from hub.rest.template import fill
from hub.rest.tokens import OAuthSigner
from hub.rest.writing import Writing, refused_object


class RestConnector(Connector):
    """A connector that a manifest describes; subclass it to say in Python what the manifest cannot.

        class Desk(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
            def receive(self, request, context): ...

    Name, title, Config and capabilities come from the manifest. `session(context)` sends requests with the connection's
    credentials. Raises ConfigError with file:line when the manifest is wrong.
    """

    document: ClassVar[Document]
    #: The folder with the manifest, its README and its starter mapping.
    home: ClassVar[Path | None] = None

    def __init_subclass__(cls, manifest: Path | None = None, **more: Any) -> None:
        super().__init_subclass__(**more)
        if manifest is not None:
            cls._describe(load_manifest(manifest), manifest.parent)

    @classmethod
    def _describe(cls, document: Document, home: Path | None) -> None:
        """Become what the manifest says; what the class says itself stays."""
        cls.document, cls.home = document, home
        told = document.manifest
        made = {
            "name": told.name,
            "title": told.title,
            "Config": config_model(told.name, told.config),
            "capabilities": _capabilities(told, receiver=cls.receive is not RestConnector.receive),
        }
        for name, value in made.items():
            if name not in cls.__dict__:
                setattr(cls, name, value)

    @cached_property
    def settings(self) -> Mapping[str, Json]:
        """The config with its secrets open, for templates; never shown."""
        return plain(self.config)

    @cached_property
    def _jwks(self) -> Jwks:
        """The vendor's public keys, for as long as this connection is open."""
        return Jwks()

    @cached_property
    def _streams(self) -> Mapping[str, RestStream]:
        manifest, parents = self.document.manifest, self.document.parents
        return {
            name: RestStream(name, spec, self.settings, manifest.client.errors, parents.get(name, ""))
            for name, spec in manifest.streams.items()
        }

    def http(self) -> HttpOptions:
        """Address, fixed credentials and limits."""
        return http_options(self.document.manifest.client, self.settings, self.name)

    def streams(self) -> Sequence[Stream]:
        """Those that the settings ask for."""
        return [
            stream.told() for stream in self._streams.values() if stream.is_open and not stream.spec.hidden
        ]

    def check(self, context: Context) -> CheckResult:
        """Asks the manifest's `check`, and for the first page of every stream that belongs to no other."""
        session = self.session(context)
        details = self._asked(session)
        asked = [stream for stream in self._streams.values() if stream.is_open and not stream.parent]
        left_out = {stream.name: why for stream in asked if (why := self._why_not(stream, session, context))}
        if asked and len(left_out) == len(asked):
            name, why = next(iter(left_out.items()))
            raise MissingScope("HUB-4003", f"{name}: {why}", where=context.connection)
        details |= {name: f"is left out: {why}" for name, why in left_out.items()}
        read = [one.name for one in asked if one.name not in left_out and not one.spec.hidden]
        return CheckResult(
            f"{self.title} lets us read {_listed(read)}" if read else f"{self.title} lets us in", details
        )

    def _asked(self, session: Session) -> dict[str, str]:
        """What the answer to the manifest's own question tells a person."""
        check = self.document.manifest.check
        if check is None:
            return {}
        scope = {"config": self.settings}
        url = str(fill(check.path, scope, in_path=True))
        body = fill(check.body, scope)
        answer = session.read(check.method, url, params=fill(check.params, scope), body=body)
        told = {name: place.of(answer) for name, place in check.show.items()}
        return {name: str(value) for name, value in told.items() if value not in (None, "", [], {})}

    def _why_not(self, stream: RestStream, session: Session, context: Context) -> str:
        """Why a stream is left out by its manifest's rules; empty when it can be read."""
        request = stream.request({}, stream.start(), context.now)
        listing = Listing(stream, session, request, context.connection, looks_ahead=False)
        try:
            next(listing.pages(), None)
        except CapReached:
            return ""
        except SkipStream as skipped:
            return skipped.reason
        return ""

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Pages of the selected streams. Raises SkipStream in the end when a rule of the manifest left one out."""
        session, left_out = self.session(context), None
        for chosen in selection.streams:
            try:
                yield from self._pages(chosen, checkpoint.stream(chosen.name), selection, session, context)
            except SkipStream as skipped:
                left_out = left_out or skipped
        if left_out is not None:
            raise left_out

    def reads_all(self, chosen: StreamSelection, state: Mapping[str, Json], until: datetime) -> bool:
        """Whether a reading from this state begins afresh with everything: at first, with `full`, and where it is due."""
        if chosen.since is not None:
            return False
        return chosen.full or (not state.get("at") and is_due(self._streams[chosen.name], dict(state), until))

    def _pages(
        self, chosen: StreamSelection, state: Json, selection: Selection, session: Session, context: Context
    ) -> Iterator[Page]:
        wish = Wish(selection.until, full=chosen.full, since=chosen.since)
        for step in self._steps(chosen.name, session, context, dict(state or {}), wish):
            yield Page(
                chosen.name,
                step.rows,
                checkpoint=None if chosen.since else step.state,
                deleted=step.deleted,
                scan=step.scan,
                scan_complete=step.complete,
            )

    def _steps(
        self,
        name: str,
        session: Session,
        context: Context,
        state: State,
        wish: Wish,
        *,
        looks_ahead: bool = True,
    ) -> Iterator[Step]:
        stream, where = self._streams[name], context.connection
        if not stream.parent:
            return Reading(stream, session, where, looks_ahead=looks_ahead).steps(state, wish)
        # Between two pages of a parent its children are asked for, so nothing is to wait that long.
        parents = partial(self._steps, stream.parent, session, context, looks_ahead=False)
        parent = self._streams[stream.parent]
        reading = ChildReading(stream, parent, parents, session, where, looks_ahead=looks_ahead)
        return reading.steps(state, wish)

    def receive(self, request: Request, context: Context) -> Received:
        """What a webhook brings, or leads to. Raises what the HTTP client raises where a record has to be asked for."""
        spec = self.document.manifest.webhook
        assert spec is not None, "the capabilities promise nothing else"
        session = self.session(context)
        return Receiving(spec, self._streams, self.settings, session, self._jwks).receive(request)

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """One result for each row. Raises what the HTTP client raises, for the engine to judge."""
        writing = self._writing(rows, context)
        return writing.write(rows) if writing else [refused_object(row, self.name) for row in rows]

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        """What the vendor has for these rows, where the manifest says how to find it."""
        writing = self._writing(rows, context)
        return writing.lookup(rows) if writing else {}

    def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
        """Every record of an object, where the manifest says how they are listed."""
        manifest = self.document.manifest
        spec = manifest.write[object_].scan if object_ in manifest.write else None
        if spec is None:
            return super().scan(object_, context)
        scanning = Scanning(object_, spec, manifest.streams, self.settings, manifest.client.errors)
        return scanning.batches(self.session(context), context.now, context.connection)

    def _writing(self, rows: Sequence[WriteRow], context: Context) -> Writing | None:
        """How the object of these rows is written; None when the manifest does not say."""
        spec = self.document.manifest.write.get(rows[0].object) if rows else None
        if spec is None:
            return None
        errors = self.document.manifest.client.errors
        return Writing(spec, self.settings, self.session(context), context.connection, errors)

    def session(self, context: Context) -> Session:
        """Requests with this connection's credentials."""
        options = self.http()
        client = self.document.manifest.client
        params = common_params(client, self.settings) if signs(client.auth) else None
        return Session(context.http, options, self._signer(options, context), context.connection, params)

    @property
    def asks_consent(self) -> bool:
        """Whether a person grants access in the browser, and no grant is in the settings."""
        auth = self.document.manifest.client.auth
        if not isinstance(auth, RefreshToken) or not auth.authorize_url:
            return False
        return not fill(auth.refresh_token, {"config": self.settings})

    def consent(self, context: Context) -> Consent:
        """A consent to be given. Raises ConfigError HUB-4635 when this connection needs none."""
        auth = self.document.manifest.client.auth
        if not isinstance(auth, RefreshToken) or not self.asks_consent:
            hint = "Its credentials stand in its settings; `hub connect test` tries them."
            raise ConfigError("HUB-4635", "nobody has to grant access", where=context.connection, hint=hint)
        options = self.http()
        spec = cast(RefreshToken, filled_auth(auth, self.settings, options))
        signer = OAuthSigner(spec, context.http, context.secrets, context.stopping, context.connection)
        return Consent(spec, signer, options.base_url, context.connection)

    def _signer(self, options: HttpOptions, context: Context) -> Signer:
        auth = self.document.manifest.client.auth
        if not isinstance(auth, ClientCredentials | RefreshToken | Hmac):
            return NoSigner()
        filled = filled_auth(auth, self.settings, options)
        if isinstance(filled, Hmac):
            return HmacSigner(filled)
        return OAuthSigner(filled, context.http, context.secrets, context.stopping, context.connection)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def filled_auth(
    auth: ClientCredentials | RefreshToken | Hmac, settings: Mapping[str, Json], options: HttpOptions
) -> ClientCredentials | RefreshToken | Hmac:
    """The credentials with the settings filled in. Raises ConfigError HUB-4607 where one that is needed is absent."""
    told: dict[str, Any] = {}
    for name in type(auth).model_fields:
        value = getattr(auth, name)
        if name == "signed":  # its places are filled for each request
            value = _config_only(value, settings)
        elif isinstance(value, str):
            value = fill(value, {"config": settings}) or ""
        elif isinstance(value, tuple | dict):  # scopes and further parameters, as the settings name them
            value = fill(value, {"config": settings})
        told[name] = value
    if "token_url" in told:
        told["token_url"] = urljoin(f"{options.base_url}/", told["token_url"].lstrip("/"))
        if not told["client_id"]:
            raise ConfigError("HUB-4607", "OAuth needs a client_id")
    return auth.model_copy(update=told)


def _config_only(text: str, settings: Mapping[str, Json]) -> str:
    for name, value in settings.items():
        text = text.replace(f"{{config.{name}}}", str(value))
    return text


def _capabilities(manifest: Manifest, *, receiver: bool) -> Capabilities:
    writes = manifest.write.values()
    return Capabilities(
        source=bool(manifest.streams),
        destination=bool(writes),
        receiver=receiver or manifest.webhook is not None,
        write_batch=min((spec.batch for spec in writes), default=500),
        upserts=bool(writes) and all(spec.idempotent and not spec.look_first for spec in writes),
        lookup=any(spec.lookup is not None for spec in writes),
        scans=tuple(name for name, spec in manifest.write.items() if spec.scan is not None),
        archives=tuple(name for name, spec in manifest.write.items() if spec.archive is not None),
    )


def make_connector(document: Document, *, module: str = "", home: Path | None = None) -> type[RestConnector]:
    """The connector class of a manifest. module: the package that it is found in."""
    manifest = document.manifest
    made: dict[str, Any] = {
        "__module__": f"{module}.connector" if module else "connector",
        "__doc__": f"{manifest.title}, as {document.file} describes it.",
    }
    name = manifest.name.title().replace("_", "")
    connector = cast(type[RestConnector], type(name, (RestConnector,), made))
    connector._describe(document, home)
    return connector


def load_connector(path: Path, *, module: str = "", name: str = "") -> type[RestConnector]:
    """The connector class of a manifest file. Raises ConfigError with file:line."""
    return make_connector(load_manifest(path, name), module=module, home=path.parent)
