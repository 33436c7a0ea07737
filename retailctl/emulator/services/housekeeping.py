"""Clears away, now and then, what a server that runs for months would otherwise keep for ever.

Operations go a day after their end. Blocks of an upload that nobody went on with go after a week, as in the service
(https://learn.microsoft.com/rest/api/storageservices/put-block#remarks).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from retailctl.emulator.services.context import Context

_log = logging.getLogger(__name__)

EVERY_S = 3600.0
_ABANDONED_S = 7 * 86_400.0


class Housekeeping:
    """Looks once an hour, from the start on."""

    def __init__(self, context: Context, every_s: float = EVERY_S) -> None:
        self._context = context
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Call it inside the event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; safe to call twice, and before the start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            try:
                self._context.operations.forget_old()
                await asyncio.to_thread(self._context.blobs.clear_staging, _ABANDONED_S)
            except (OSError, sqlite3.Error) as error:  # a full disk, for instance; the next look may find room
                _log.warning("Nothing could be cleared away: %s", error)
            await asyncio.sleep(self._every_s)
