"""POST /score: bytes in, bytes out. A plain ASGI endpoint, because the framework around it would cost more than the
forecast of one series."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from serving.admission import SMALL_BODY, Admission, Ticket
from serving.answer import answer
from serving.batching import MOST_WORK, Batcher, work
from serving.body import ClientGone, announced_bytes, parse_json, read_body, wait_for_hang_up
from serving.errors import RequestError
from serving.metrics import Metrics
from serving.model import Model, ModelHolder
from serving.pool import Pool
from serving.request import ScoreRequest
from serving.responses import send_body, send_error
from serving.settings import Settings
from serving.tabular import is_tabular, read_table
from training.artifact import Forecast


class ScoreEndpoint:
    """Answers forecasts of the holder's model."""

    def __init__(self, holder: ModelHolder, metrics: Metrics, settings: Settings) -> None:
        self._holder = holder
        self._metrics = metrics
        self._max_body_bytes = settings.max_body_bytes
        self._receive_seconds = settings.receive_seconds
        self._admission = Admission(settings, metrics)
        self._batcher = Batcher(metrics)
        self._pool = Pool(settings.threads, metrics)

    def close(self) -> None:
        self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            model = self._holder.model()
            with self._admission.enter(announced_bytes(scope["headers"], self._max_body_bytes)) as ticket:
                asked, forecast, content = await self._answer(model, receive, ticket)
                self._metrics.forecast(asked, forecast, model)
                scope["log_fields"] = {"series": len(asked.ids), "horizon": asked.forecast.horizon}
                await send_body(send, 200, content)
        except RequestError as error:
            scope["log_fields"] = {"error": error.code, "field": error.field}
            await send_error(send, error)
        except ClientGone:
            return

    async def _answer(self, model: Model, receive: Receive, ticket: Ticket) -> tuple[ScoreRequest, Forecast, bytes]:
        body = await read_body(receive, self._max_body_bytes, self._receive_seconds)
        if len(body) <= SMALL_BODY:
            asked = read(model, body)
        else:
            asked = await self._pool.run(read, model, body)
        if work(asked) <= MOST_WORK:
            forecast = await self._batcher.forecast(model, asked, ticket)
            return asked, forecast, answer(model.description_json, asked, forecast)
        ticket.take(len(asked.ids))
        return asked, *await self._pool.forecast(model, asked, ticket, wait_for_hang_up(receive))


def score(model: Model, body: bytes) -> tuple[ScoreRequest, bytes, Forecast]:
    """All of a request in one thread: what was asked, the answer's bytes and what they say. Raises RequestError."""
    asked = read(model, body)
    forecast = model.forecast(asked.forecast)
    return asked, answer(model.description_json, asked, forecast), forecast


def read(model: Model, body: bytes) -> ScoreRequest:
    """Either form of request, checked. Raises RequestError."""
    request = parse_json(body)
    if not is_tabular(request):
        return model.parser.parse(request)
    table = read_table(request, model.parser.schemas.history)
    try:
        return model.parser.parse(table.request)
    except RequestError as error:
        raise table.located(error) from None
