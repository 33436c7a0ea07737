"""Work that outlives the request that asked for it: long-running operations as tasks of the event loop.

An operation is stored before its first answer leaves, and ended in the store when its work ends. Work that a
stopped server left unfinished is taken up again by the service that owns the resource.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.errors import UnusableState
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.operations import Operation, OperationStore
from retailctl.emulator.store.trouble import is_passing, refusal

_log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]
Write = Callable[[], object]
_RETRY_S = 0.5
_UNEXPECTED = "The operation failed; see `retailctl local logs`."


class Unfinished:
    """Operations that a stopped server left under way; who owns a resource takes those on it."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_resource: dict[str, list[Operation]] = {}
        for operation in operations:
            self._by_resource.setdefault(operation.resource.lower(), []).append(operation)

    def take(self, resource_id: str) -> list[Operation]:
        """Those on a resource; nobody finds them here again."""
        return self._by_resource.pop(resource_id.lower(), [])

    def rest(self) -> list[Operation]:
        """Those whose resource is there no more: its deletion was what they were about, and is done."""
        return [operation for operations in self._by_resource.values() for operation in operations]


class Background:
    """Runs operations and other tasks, and stops them together."""

    def __init__(self, operations: OperationStore, database: Database) -> None:
        self._operations = operations
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    def operate(self, resource_id: str, work: Work, failed: Write | None = None) -> Operation:
        """Start work on a resource as a new operation; ArmError from it is the operation's failure.

        `failed` notes a failure on the resource, in the transaction that ends the operation.
        """
        operation = self._operations.start(resource_id)
        self.resume([operation], work, failed)
        return operation

    def resume(self, operations: Sequence[Operation], work: Work, failed: Write | None = None) -> None:
        """Run the work of operations that are stored already; there may be none left of them."""
        self.run(self._finish(operations, work, failed))

    def end(self, operations: Iterable[Operation]) -> None:
        """Note operations as done whose work is."""
        for operation in operations:
            self._operations.finish(operation.id)

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something to its end, or until the server stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def stop(self) -> None:
        """Cancel what still runs, and wait for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("Background work failed", exc_info=error)

    async def _finish(self, operations: Sequence[Operation], work: Work, failed: Write | None) -> None:
        if operations and not any(self._operations.find(operation.id) for operation in operations):
            return  # the transaction that announced it could not be committed
        try:
            await work()
        except Exception as error:
            await when_there_is_room(partial(self._fail, operations, refusal(error, _UNEXPECTED), failed))
            if not isinstance(error, ArmError):
                raise
        else:
            await when_there_is_room(partial(self.end, operations))

    def _fail(self, operations: Sequence[Operation], error: ArmError, failed: Write | None) -> None:
        with self._database.transaction():
            if failed is not None:
                failed()
            for operation in operations:
                self._operations.finish(operation.id, error.error())


async def when_there_is_room(write: Write) -> None:
    """Write how something ended; on a full disk as soon as there is room, or it would seem under way for ever."""
    while True:
        try:
            write()
        except (OSError, sqlite3.Error, UnusableState) as error:
            if not is_passing(error):
                raise
            await asyncio.sleep(_RETRY_S)
        else:
            return
