"""Work that outlives the request that asked for it: long-running operations as tasks of the event loop.

An operation is stored before its first answer leaves, and ended in the store when its work ends. Work that a
stopped server left unfinished is taken up again by the service that owns the resource.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.store.full_disk import MESSAGE as FULL_DISK
from retailctl.emulator.store.full_disk import is_full
from retailctl.emulator.store.operations import Operation, OperationStore

_log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Background:
    """Runs operations and other tasks, and stops them together."""

    def __init__(self, operations: OperationStore) -> None:
        self._operations = operations
        self._tasks: set[asyncio.Task[None]] = set()

    def operate(self, resource_id: str, work: Work) -> Operation:
        """Start work on a resource as a new operation; ArmError from it is the operation's failure."""
        operation = self._operations.start(resource_id)
        self.resume(operation, work)
        return operation

    def resume(self, operation: Operation, work: Work) -> None:
        """Run the work of an operation that is stored already."""
        self.run(self._finish(operation, work))

    def give_up(self, operation: Operation | None) -> None:
        """End an operation whose failure was noted on its resource just before the server stopped."""
        if operation is not None:
            self._operations.finish(operation.id, _failure("The operation failed.").error())

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something to its end, or until the server stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def settle(self, timeout_s: float) -> None:
        """Come back when what runs now has ended, or after ``timeout_s``; it goes on in any case."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)

    async def stop(self) -> None:
        """Cancel what still runs, and wait for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("Background work failed", exc_info=error)

    async def _finish(self, operation: Operation, work: Work) -> None:
        try:
            await work()
        except ArmError as error:
            self._operations.finish(operation.id, error.error())
        except Exception as error:
            reason = FULL_DISK if is_full(error) else "The operation failed; see `retailctl local logs`."
            self._operations.finish(operation.id, _failure(reason).error())
            raise
        else:
            self._operations.finish(operation.id)


def _failure(reason: str) -> ArmError:
    return ArmError(500, "InternalServerError", reason)
