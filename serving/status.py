"""The small GET routes: is the process up, is the model in memory, what is it, what has been counted.

None of them waits for a forecast, or for the model to load.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Response

from serving.metrics import Metrics
from serving.model import ModelHolder
from training.artifact import FORMAT_VERSION

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
NOT_READY = 503


def status_routes(holder: ModelHolder, metrics: Metrics) -> APIRouter:
    """The routes over one holder and one set of counters."""
    router = APIRouter()
    get = partial(router.api_route, methods=["GET", "HEAD"])
    started = monotonic()

    @get("/live")
    async def live() -> Response:
        return _json({"status": "live"})

    @get("/ready")
    async def ready() -> Response:
        if holder.state == "ready":
            return _json({"status": "ready"})
        return _json({"status": holder.state, "reason": holder.reason}, NOT_READY)

    @get("/health")
    async def health() -> Response:
        healthy = holder.state == "ready"
        said: dict[str, Any] = {
            "status": "healthy" if healthy else holder.state,
            "model_loaded": holder.loaded is not None,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "uptime_seconds": round(monotonic() - started, 3),
        }
        if not healthy:
            said["reason"] = holder.reason
        return _json(said, 200 if healthy else NOT_READY)

    @get("/version")
    async def version() -> Response:
        return _json({"model": _model(holder), "runtime": RUNTIME})

    @get("/metrics")
    async def exposition() -> Response:
        text = metrics.exposition(holder.loaded, ready=holder.state == "ready")
        return Response(text, media_type=EXPOSITION)

    return router


RUNTIME = {
    "artifact_format": FORMAT_VERSION,
    "python": platform.python_version(),
    "numpy": np.__version__,
}


def _model(holder: ModelHolder) -> dict[str, Any] | None:
    if holder.loaded is None:
        return None
    manifest = holder.loaded.artifact.manifest
    return {
        **holder.loaded.description,
        "digest": manifest.digest,
        "code_revision": manifest.code_revision,
        "series": manifest.n_series,
        "quantiles": manifest.quantiles,
        "columns": list(holder.loaded.parser.schemas.history),
        "metrics": manifest.metrics,
        "trained_with": manifest.versions,
    }


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
