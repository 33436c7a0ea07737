"""The SDK's uploads of folders, made to end: it loses count of a file whose upload fails, and waits for it for ever.

Seen in azure-ai-ml 1.35: without its progress bar nobody reads the result of an upload's thread, and
``BlobStorageClient.upload`` waits until every file has been counted. One lost answer is enough: the file is there, the
storage client sends it again under ``If-None-Match: *``, and the 409 that it gets is such a failure.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from azure.core.exceptions import ResourceExistsError

_CALLERS = ("azure.ai.ml._utils._asset_utils", "azure.ai.ml._artifacts._blob_storage_helper")
"""Modules that call ``upload_file`` by a name of their own."""

Upload = Callable[..., None]


@contextlib.contextmanager
def uploads_that_end() -> Iterator[None]:
    """While open, an upload whose file is there already counts, and one that fails is raised."""
    callers: list[Any] = [import_module(name) for name in _CALLERS]
    upload_file = callers[0].upload_file
    for caller in callers:
        caller.upload_file = _counting(upload_file)
    try:
        yield
    finally:
        for caller in callers:
            caller.upload_file = upload_file


def _counting(upload_file: Upload) -> Upload:
    def upload(storage_client: Any, source: str, dest: str | None = None, **options: Any) -> None:
        try:
            upload_file(storage_client=storage_client, source=source, dest=dest, **options)
        except ResourceExistsError as error:
            if not _is_there(storage_client, Path(source), dest):
                _end_with(storage_client, error)
                raise
            storage_client.uploaded_file_count += 1
        except Exception as error:
            _end_with(storage_client, error)
            raise

    return upload


def _is_there(storage_client: Any, source: Path, dest: str | None) -> bool:
    """Whether the blob has the file's size. Its path holds the folder's hash, so no other content goes there."""
    size: int = storage_client.container_client.get_blob_client(dest).get_blob_properties().size
    return size == source.stat().st_size


def _end_with(storage_client: Any, error: Exception) -> None:
    """Let the wait for the other files end, and the upload with it, before it is declared complete."""

    def refuse(*_: object) -> NoReturn:
        raise error

    storage_client._set_confirmation_metadata = refuse
    storage_client.total_file_count = 0
