"""Large requests: in threads and in parts, so that small requests and probes are answered meanwhile.

Between two parts the event loop looks at the deadline and at the client. A request that nobody waits for is abandoned:
what its threads have not begun stays undone. NumPy leaves the interpreter's lock for much of a part, so that the parts
of one request use several cores where there are several.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from serving.admission import Ticket
from serving.answer import entries, joined
from serving.body import ClientGone
from serving.metrics import Metrics
from serving.model import Model
from serving.parts import join, split
from serving.request import ScoreRequest
from training.artifact import Forecast

PART_WORK = 250 * 28
"""Series times days of one part: some fifteen milliseconds, the longest that an abandoned request goes on."""

POLITENESS = 5
"""Added to the threads' nice value: on a busy core the event loop goes first."""

Value = TypeVar("Value")


class Pool:
    """Threads for whatever takes longer than a probe should wait."""

    def __init__(self, threads: int, metrics: Metrics) -> None:
        self._threads = threads
        self._metrics = metrics
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="forecast", initializer=_give_way)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[..., Value], *arguments: object) -> Value:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    async def forecast(
        self, model: Model, asked: ScoreRequest, ticket: Ticket, hang_up: Coroutine[None, None, None]
    ) -> tuple[Forecast, bytes]:
        """The forecast and the answer's bytes. Raises RequestError (422, 503), ClientGone once ``hang_up`` ends."""
        answering = asyncio.ensure_future(self._forecast(model, asked))
        gone = asyncio.ensure_future(hang_up)
        try:
            left = max(0.0, ticket.deadline - monotonic())
            await asyncio.wait({answering, gone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            raise ClientGone if gone.done() else ticket.admission.late()
        finally:
            answering.cancel()
            gone.cancel()

    async def _forecast(self, model: Model, asked: ScoreRequest) -> tuple[Forecast, bytes]:
        """Each lane takes the next part when it has done one, so that all requests take turns at the threads.

        There are no more lanes than cores: those would only be in each other's way.
        """
        began = monotonic()
        parts = await self.run(split, asked, max(1, PART_WORK // asked.forecast.horizon))
        done: dict[int, tuple[Forecast, bytes]] = {}
        left = iter(enumerate(parts))

        async def lane() -> None:
            for place, part in left:
                done[place] = await self.run(_forecast, model, part)

        lanes = [asyncio.ensure_future(lane()) for _ in range(min(self._threads, _cores(), len(parts)))]
        try:
            await asyncio.gather(*lanes)
        finally:
            for each in lanes:
                each.cancel()
        self._metrics.stages(0.0, monotonic() - began)
        forecasts, bodies = zip(*(done[place] for place in range(len(parts))), strict=True)
        return join(forecasts), joined(model.description_json, bodies)


def _forecast(model: Model, part: ScoreRequest) -> tuple[Forecast, bytes]:
    forecast = model.forecast(part.forecast)
    return forecast, entries(part, forecast)


def _cores() -> int:
    """Those that this process may use now."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _give_way() -> None:
    if hasattr(os, "setpriority"):  # on Linux: of this thread alone
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice + POLITENESS)
