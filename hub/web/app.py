"""The routes of `hub serve`. What arrives is on the disk before the sender hears 2xx; a sender in doubt sends again."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from hub.contract import Received, Request
from hub.errors import AuthRefused, HubError, SkipRecord, StoreError
from hub.web.arrival import TooLarge, arrived
from hub.web.headers import SecurityHeaders

_log = logging.getLogger("hub.web")

#: Bytes of a request.
MAX_BODY = 1024 * 1024
#: Seconds after which a sender may try again when the store could not take it.
TRY_AGAIN = 5


class Receiver(Protocol):
    """What the routes need of the engine. Called from several threads at once."""

    def knows(self, connection: str) -> bool:
        """Whether a connection of that name exists and receives."""
        ...

    def deliver(self, connection: str, request: Request) -> Received:
        """Hand the request to the connection; its page is committed before this returns. Raises HubError."""
        ...


def create_app(
    receiver: Receiver, *, max_body: int = MAX_BODY, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FastAPI:
    """The app of `hub serve`. max_body: bytes of a request. clock: replaced by tests."""
    # No documentation pages: they load scripts from elsewhere.
    app = FastAPI(title="Customer Hub", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(SecurityHeaders)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_exception_handler(HTTPException, _as_json)

    async def receive(request: WebRequest) -> Response:
        """A webhook or a form post for a connection."""
        connection = request.path_params["connection"]
        if not await run_in_threadpool(receiver.knows, connection):
            return refusal(404, "HUB-4201", "not found")
        try:
            taken = await arrived(request, limit=max_body, now=clock())
        except TooLarge:
            return refusal(413, "HUB-4202", f"larger than {max_body} bytes", {"connection": "close"})
        except TimeoutError:
            return refusal(408, "HUB-4203", "the body did not come in time", {"connection": "close"})
        except ClientDisconnect:
            return refusal(400, "HUB-4203", "the body did not come")
        return await run_in_threadpool(_deliver, receiver, connection, taken)

    # One route for each method: the generated API description needs them apart.
    for method in ("POST", "GET", "HEAD"):
        app.add_api_route(
            "/in/{connection}",
            receive,
            methods=[method],
            response_class=Response,
            operation_id=f"in_{method.lower()}",
        )
    app.add_api_route(
        "/form/{connection}", receive, methods=["GET"], response_class=Response, operation_id="form"
    )

    @app.get("/healthz")
    def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    return app


def refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """A no, with a code of ours and nothing that came from the sender."""
    body = json.dumps({"error": {"code": code, "message": message}})
    return Response(body, status, headers, media_type="application/json")


def _deliver(receiver: Receiver, connection: str, request: Request) -> Response:
    try:
        received = receiver.deliver(connection, request)
    except (AuthRefused, SkipRecord) as error:
        return refusal(401 if isinstance(error, AuthRefused) else 422, error.code, error.message)
    except StoreError as error:
        _log.error(
            "could not store", extra={"action": "receive", "connection": connection, "code": error.code}
        )
        return refusal(503, "HUB-4204", "cannot store now, send again", {"retry-after": str(TRY_AGAIN)})
    except HubError as error:
        _log.error(
            "receiving failed", extra={"action": "receive", "connection": connection, "code": error.code}
        )
        return refusal(500, "HUB-4205", "the receiver failed, send again")
    except Exception as error:  # noqa: BLE001 - a guest's connector may raise anything; the sender must hear of it
        # Its message may hold what arrived; its place does not.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        kind = type(error).__name__
        _log.error(
            "receiver broke", extra={"action": "receive", "connection": connection, "kind": kind, "at": place}
        )
        return refusal(500, "HUB-4205", "the receiver failed, send again")
    headers = {"location": received.location} if received.location else None
    return Response(received.body, received.status, headers, media_type=received.content_type)


def _as_json(_: WebRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    return refusal(
        status, "HUB-4201", "not found" if status == 404 else "not possible here", dict(error.headers or {})
    )
