"""One log line that sums up all input so far, for whoever can read the log of a slot but not ask it for /metrics, as
behind an Azure ML endpoint."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from serving.drift import model_age_days
from serving.logs import LOGGER
from serving.metrics import Metrics
from serving.model import ModelHolder

MESSAGE = "input summary"


class Summaries:
    """Logs the totals over all workers when they have changed."""

    def __init__(self, metrics: Metrics, holder: ModelHolder) -> None:
        self._metrics = metrics
        self._holder = holder
        self._told = 0

    def log(self) -> None:
        """Nothing when no request was answered since the last line."""
        model = self._holder.loaded
        totals = self._metrics.drift.totals(model)
        if model is None or totals.requests == self._told:
            return
        self._told = totals.requests
        since = datetime.fromtimestamp(self._metrics.counters.started_at, UTC).isoformat(timespec="seconds")
        about = {"since": since, "model": model.labels.get("version"), "model_age_days": model_age_days(model)}
        LOGGER.info(MESSAGE, extra={"fields": about | asdict(totals)})

    async def log_every(self, seconds: float) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(seconds)
            self.log()


@asynccontextmanager
async def summaries(metrics: Metrics, holder: ModelHolder, seconds: float) -> AsyncIterator[None]:
    """Sums up at most every ``seconds`` while the service runs, by one of its workers; at the end each worker does, so
    that the last one's line is of all."""
    lines = Summaries(metrics, holder)
    task = asyncio.create_task(lines.log_every(seconds)) if metrics.counters.index == 0 else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        lines.log()
