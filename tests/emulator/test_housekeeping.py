"""What a server that runs for months clears away, and what it leaves alone."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from retailctl.emulator.runners.containers.owner import Owner
from retailctl.emulator.runners.table import RunnerTable
from retailctl.emulator.services.context import LOCAL_SCOPE, Context
from retailctl.emulator.services.housekeeping import Housekeeping
from retailctl.emulator.services.pace import Pace
from retailctl.emulator.services.programs import Programs
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.folder import StateFolder
from retailctl.emulator.store.settings import SettingStore
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
_DAY_S = 86_400


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A workspace's stores."""
    folder = StateFolder(tmp_path)
    folder.prepare()
    database = Database(folder.database)
    programs = Programs(RunnerTable(), "process", Owner(folder.root, folder.containers))
    yield Context(LOCAL_SCOPE, folder, database, programs, Pace(SettingStore(database)), "https://127.0.0.1:1")
    database.close()


@asynccontextmanager
async def _kept_house(context: Context) -> AsyncIterator[None]:
    housekeeping = Housekeeping(context, every_s=0.01)
    housekeeping.start()
    yield
    await housekeeping.stop()


def _operation(context: Context, ended: str | None) -> str:
    operation = context.operations.start("/subscriptions/x")
    if ended:
        context.operations.finish(operation.id)
        context.database.write("UPDATE operations SET ended = ? WHERE id = ?", (ended, operation.id))
    return operation.id


async def test_operations_are_forgotten_a_day_after_their_end(context: Context) -> None:
    old = _operation(context, "2026-01-01T00:00:00.000000Z")
    kept = [_operation(context, None), _operation(context, "2999-01-01T00:00:00.000000Z")]
    async with _kept_house(context):
        await until(lambda: context.operations.find(old) is None, "the old operation's end")
    assert all(context.operations.find(operation) for operation in kept)


def _block(context: Context, blob: str, age_days: float) -> Path:
    upload = context.blobs.upload_file()
    upload.write_bytes(b"block")
    context.blocks.put("azureml", blob, "one", upload)
    folder = next(path for path in context.blobs.staging.iterdir() if path.stat().st_mtime > time.time() - 60)
    touched = time.time() - age_days * _DAY_S
    os.utime(folder, (touched, touched))
    return folder


async def test_blocks_are_dropped_a_week_after_nobody_went_on_with_them(context: Context) -> None:
    abandoned, young = _block(context, "abandoned", 8), _block(context, "young", 6)
    async with _kept_house(context):
        await until(lambda: not abandoned.exists(), "the abandoned upload's end")
    assert young.exists()


async def test_a_look_that_fails_is_not_the_last(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    old, forget = _operation(context, "2026-01-01T00:00:00.000000Z"), context.operations.forget_old
    looks = []

    def fail_once() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise OSError(28, "No space left on device")
        forget()

    monkeypatch.setattr(context.operations, "forget_old", fail_once)
    async with _kept_house(context):
        await until(lambda: context.operations.find(old) is None, "the old operation's end")
