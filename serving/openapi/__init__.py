"""What the routes take and answer, as an OpenAPI 3.1 document: strict schemas, every status, examples to send.

Written out because requests are checked by hand (see ``serving.request``); tests hold it to what the service does.
Imported when the document is first asked for: serving itself needs none of it.
"""

from __future__ import annotations

from typing import Any

from serving.model import Model
from serving.openapi.answered import ANSWER_SCHEMAS, error_schemas
from serving.openapi.asked import request_schemas
from serving.openapi.operations import HEADERS, PARAMETERS, TAGS, error_responses, paths
from serving.settings import Settings

ABOUT = """Daily sales by store and item: the mean and quantiles of the units sold on each day.

{model} Days are calendar days without a time zone, prices are currency per unit as in the training data.
A body holds at most {bytes:,} bytes; a HEAD request is answered as GET, without the body.
Behind an Azure ML endpoint callers authenticate to the endpoint, and see any error of `/score` as 424 with its body.
"""
NO_MODEL = "No model is in memory: its columns, events, levels and horizon are left open here."


def document(model: Model | None, settings: Settings) -> dict[str, Any]:
    """The whole document; with a model in memory exact for that model."""
    about = NO_MODEL if model is None else _about(model)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Retail demand forecasts",
            "version": "1",
            "description": ABOUT.format(model=about, bytes=settings.max_body_bytes),
        },
        "servers": [{"url": "/"}],
        "tags": TAGS,
        "paths": paths(model),
        "components": {
            "schemas": request_schemas(model, settings.max_series) | ANSWER_SCHEMAS | error_schemas(),
            "responses": error_responses(),
            "parameters": PARAMETERS,
            "headers": HEADERS,
        },
    }


def _about(model: Model) -> str:
    described = model.description
    name = f"{described['name']}:{described['version']}" if described["name"] else "the model in memory"
    return f"This document is exact for {name}, which forecasts {described['horizon']} days from {described['origin']}."
