"""The application: the routes, around them telemetry, and one JSON shape for everything that goes wrong.

`uvicorn serving.app:create_app --factory` runs it too; `python -m serving` adds the orderly end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from serving.errors import error_body
from serving.metrics import Metrics
from serving.model import ModelHolder
from serving.openapi import openapi_document
from serving.scoring import ScoreEndpoint
from serving.settings import Settings
from serving.status import status_routes
from serving.telemetry import Telemetry

ROUTES = frozenset({"/score", "/live", "/ready", "/health", "/version", "/metrics", "/openapi.json"})
CODES = {404: "not-found", 405: "method-not-allowed"}


def create_app(settings: Settings | None = None, holder: ModelHolder | None = None) -> FastAPI:
    """The service; its model is loaded in the background once the application has started."""
    settings = settings or Settings.from_environment()
    holder = holder or ModelHolder(settings.model_dir, settings.max_series)
    metrics = Metrics()
    endpoint = ScoreEndpoint(holder, metrics, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        holder.start()
        yield
        endpoint.close()

    app = FastAPI(
        title="Retail demand forecasts",
        version="1",
        description="Daily sales by store and item, as a mean and quantiles.",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages fetch their scripts from outside
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _http_error},
    )
    app.router.routes.insert(0, Route("/score", endpoint, methods=["POST"]))  # first: it is asked most
    app.include_router(status_routes(holder, metrics))
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]
    app.add_middleware(Telemetry, metrics=metrics, routes=ROUTES)
    return app


async def _http_error(request: Request, error: HTTPException) -> Response:
    """Starlette's own refusals (no such route, other method) in the service's shape."""
    message = f"{request.method} {request.url.path[:200]}: {error.detail}"
    body = error_body(CODES.get(error.status_code, "http-error"), message)
    return Response(body, error.status_code, headers=error.headers, media_type="application/json")
