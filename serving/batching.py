"""Small requests, forecast together: those that arrived in one turn of the event loop share one call.

There is no timer. A lone request is forecast at once; while a batch is computed the next one gathers by itself, so that
batches grow with the load. Clients that were just answered together ask again together, but not all within one turn:
after a batch the next one has another turn to gather. A batch is bounded, because probes wait while it is computed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from serving.admission import Ticket
from serving.errors import RequestError
from serving.metrics import Metrics
from serving.model import Model
from serving.request import ScoreRequest
from training.artifact import Forecast

MOST_WORK = 64 * 28
"""Series times days of one batch, and of a request small enough for one: some milliseconds."""


def work(asked: ScoreRequest) -> int:
    """Series times days."""
    return len(asked.ids) * asked.forecast.horizon


@dataclass(slots=True)
class _Waiting:
    model: Model
    asked: ScoreRequest
    ticket: Ticket
    since: float
    answered: asyncio.Future[Forecast]


class Batcher:
    """Collects requests of at most ``MOST_WORK`` and forecasts them on the event loop's thread."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting: deque[_Waiting] = deque()
        self._newest_size = 1

    async def forecast(self, model: Model, asked: ScoreRequest, ticket: Ticket) -> Forecast:
        """Raises RequestError: 422 for what cannot be forecast, 503 when it would be too late."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            if self._newest_size == 1:
                loop.call_soon(self._run)  # after the requests that came in the same turn
            else:
                loop.call_soon(loop.call_soon, self._run)
        answered: asyncio.Future[Forecast] = loop.create_future()
        self._waiting.append(_Waiting(model, asked, ticket, monotonic(), answered))
        return await answered

    def _run(self) -> None:
        batch = self._next()
        self._newest_size = len(batch)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run)  # probes come in between
        began = monotonic()
        batch = [waiting for waiting in batch if _in_time(waiting, began)]
        if not batch:
            return
        forecasts = _forecast_each(batch)
        seconds = monotonic() - began
        self._metrics.batch(len(batch))
        for waiting, forecast in zip(batch, forecasts, strict=True):
            self._metrics.stages(began - waiting.since, seconds)
            _settle(waiting.answered, forecast)

    def _next(self) -> list[_Waiting]:
        batch = [self._waiting.popleft()]
        room = MOST_WORK - work(batch[0].asked)
        while self._waiting and work(self._waiting[0].asked) <= room:
            batch.append(self._waiting.popleft())
            room -= work(batch[-1].asked)
        return batch


def _in_time(waiting: _Waiting, now: float) -> bool:
    """Whether there is still somebody to answer; who is too late is told so."""
    if waiting.answered.done():
        return False
    try:
        waiting.ticket.check(now)
    except RequestError as error:
        waiting.answered.set_exception(error)
        return False
    return True


def _forecast_each(batch: Sequence[_Waiting]) -> Sequence[Forecast | Exception]:
    """What became of each. A fault of ours that one request brings about is not the others' fault."""
    try:
        return batch[0].model.forecast_many([waiting.asked.forecast for waiting in batch])
    except Exception as error:
        if len(batch) == 1:
            return [error]
        return [_forecast_each([waiting])[0] for waiting in batch]


def _settle(answered: asyncio.Future[Forecast], forecast: Forecast | Exception) -> None:
    if answered.done():
        return
    if isinstance(forecast, Exception):
        answered.set_exception(forecast)
    else:
        answered.set_result(forecast)
