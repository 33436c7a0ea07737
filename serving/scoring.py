"""POST /score: bytes in, bytes out. A plain ASGI endpoint, because the framework around it would cost more than the
forecast of one series."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Receive, Scope, Send

from serving.answer import answer
from serving.body import ClientGone, parse_json, read_body
from serving.errors import RequestError, invalid
from serving.metrics import Metrics
from serving.model import Model, ModelHolder
from serving.request import ScoreRequest
from serving.responses import send_body, send_error
from serving.settings import Settings
from serving.tabular import is_tabular, read_table
from training.artifact import RequestError as Unanswerable

INLINE_BYTES = 2_000
"""A request this short, of some thirty series at most, is answered where it was read: handing it to a thread and back
costs about as much as the forecast. A longer one must not keep the probes waiting."""


class ScoreEndpoint:
    """Answers forecasts of the holder's model."""

    def __init__(self, holder: ModelHolder, metrics: Metrics, settings: Settings) -> None:
        self._holder = holder
        self._metrics = metrics
        self._max_body_bytes = settings.max_body_bytes
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="forecast")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            model = self._holder.model()
            body = await read_body(scope, receive, self._max_body_bytes)
            if len(body) <= INLINE_BYTES:
                asked, content = score(model, body)
            else:
                loop = asyncio.get_running_loop()
                asked, content = await loop.run_in_executor(self._threads, score, model, body)
        except RequestError as error:
            scope["log_fields"] = {"error": error.code, "field": error.field}
            await send_error(send, error)
            return
        except ClientGone:
            return
        series, horizon = len(asked.ids), asked.forecast.horizon
        self._metrics.forecast(series, horizon, asked.unknown)
        scope["log_fields"] = {"series": series, "horizon": horizon}
        await send_body(send, 200, content)


def score(model: Model, body: bytes) -> tuple[ScoreRequest, bytes]:
    """What was asked, and the answer's bytes. Raises RequestError."""
    asked = parse(model, parse_json(body))
    try:
        forecast = model.artifact.forecast(asked.forecast)
    except Unanswerable as error:
        raise invalid(str(error), error.field) from None
    return asked, answer(model.description_json, asked, forecast)


def parse(model: Model, body: object) -> ScoreRequest:
    """Either form of request, checked. Raises RequestError."""
    if not is_tabular(body):
        return model.parser.parse(body)
    table = read_table(body, model.parser.schemas.history)
    try:
        return model.parser.parse(table.request)
    except RequestError as error:
        raise table.located(error) from None
