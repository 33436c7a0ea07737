"""The application: the routes, around them telemetry, and one JSON shape for everything that goes wrong.

`uvicorn serving.app:create_app --factory` runs it too; `python -m serving` adds bounds on connections, worker processes
and the orderly end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.counters import Counters
from serving.docs import docs_routes
from serving.errors import CODES, error_body
from serving.metrics import Metrics
from serving.model import ModelHolder
from serving.otel import Export
from serving.scoring import ScoreEndpoint
from serving.settings import Settings
from serving.status import status_routes
from serving.summaries import summaries
from serving.telemetry import Telemetry


def create_app(
    settings: Settings | None = None, holder: ModelHolder | None = None, metrics: Metrics | None = None
) -> ASGIApp:
    """The service; its model is loaded in the background once the application has started."""
    settings = settings or Settings.from_environment()
    holder = holder or ModelHolder(settings.model_dir, settings.max_series)
    metrics = metrics or Metrics(Counters())
    export = Export(metrics, holder, settings.slot)
    endpoint = ScoreEndpoint(holder, metrics, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        holder.start()
        export.start()
        async with summaries(metrics, holder, settings.summary_seconds):
            yield
        endpoint.close()
        export.close()

    api = FastAPI(
        lifespan=lifespan,
        openapi_url=None,  # what FastAPI knows of the routes is not all: see ``docs``
        redirect_slashes=False,
        exception_handlers={HTTPException: _http_error},
    )
    api.router.routes.append(Route("/score", endpoint, methods=["POST"]))  # refuses other methods
    api.include_router(status_routes(holder, metrics))
    api.router.routes.extend(docs_routes(holder, settings))
    return Telemetry(ScoreFirst(endpoint, api), metrics, export)


class ScoreFirst:
    """POST /score goes to its endpoint past the framework's layers, which cost more than reading the request."""

    def __init__(self, score: ASGIApp, others: ASGIApp) -> None:
        self._score = score
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/score" and scope["method"] == "POST":
            await self._score(scope, receive, send)
        else:
            await self._others(scope, receive, send)


async def _http_error(request: Request, error: HTTPException) -> Response:
    """Starlette's own refusals (no such route, other method) in the service's shape."""
    message = f"{request.method} {request.url.path[:200]}: {error.detail}"
    body = error_body(CODES[error.status_code][0], message)
    return Response(body, error.status_code, headers=error.headers, media_type="application/json")
