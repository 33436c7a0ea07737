"""The routes that describe the service: /openapi.json, and /docs, a page of it whose files the service has itself.

Nothing of this is imported, made or read before it is asked for.
"""

from __future__ import annotations

from pathlib import Path

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from serving.model import Model, ModelHolder
from serving.settings import Settings

ONE_DAY = "max-age=86400"


class Description:
    """The OpenAPI document of the model in memory, made when it is first asked for."""

    def __init__(self, holder: ModelHolder, settings: Settings) -> None:
        self._holder = holder
        self._settings = settings
        self._made: tuple[Model | None, bytes] | None = None

    def current(self) -> bytes:
        """As JSON; made anew once the model has come into memory."""
        model = self._holder.loaded
        if self._made is None or self._made[0] is not model:
            from serving.openapi import document

            self._made = model, orjson.dumps(document(model, self._settings))
        return self._made[1]


def docs_routes(holder: ModelHolder, settings: Settings) -> list[BaseRoute]:
    """The routes over one holder."""
    description = Description(holder, settings)

    async def openapi(_: Request) -> Response:
        # In a thread: its examples are forecasts, and the first time it is imported.
        return Response(await run_in_threadpool(description.current), media_type="application/json")

    return [Route("/openapi.json", openapi), Route("/docs", _page), Route("/docs/{file}", _file)]


async def _page(_: Request) -> Response:
    from serving.swagger import PAGE, POLICY

    headers = {"content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    return Response(PAGE, headers=headers, media_type="text/html")


async def _file(request: Request) -> Response:
    from serving.swagger import ASSETS, asset

    name = request.path_params["file"]
    found = asset(name)
    if found is None:
        raise HTTPException(404)
    headers = {"cache-control": ONE_DAY, "x-content-type-options": "nosniff"}
    if isinstance(found, Path):
        return FileResponse(found, headers=headers, media_type=ASSETS[name])
    return Response(found, headers=headers, media_type=ASSETS[name])
