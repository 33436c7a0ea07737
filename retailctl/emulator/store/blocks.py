"""Uploads in blocks: kept beside the containers until a block list makes them a blob."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from retailctl.emulator.store.blobs import BlobStore, sync_folder
from retailctl.emulator.store.folder import make_private


class UnknownBlock(Exception):
    """A block list names a block that was never uploaded."""


class BlockStore:
    """Blocks of unfinished blobs, by container, blob and block id."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def put(self, container: str, name: str, block_id: str, upload: Path) -> None:
        """Keep a synced upload as one block."""
        folder = make_private(self._folder(container, name))
        upload.replace(folder / _file_name(block_id))
        sync_folder(folder)

    def assemble(self, container: str, name: str, block_ids: Sequence[str]) -> Path:
        """The blocks one after the other in a new, synced upload. Raises UnknownBlock."""
        folder = self._folder(container, name)
        parts = [folder / _file_name(block_id) for block_id in block_ids]
        for block_id, part in zip(block_ids, parts, strict=True):
            if not part.is_file():
                raise UnknownBlock(block_id)
        whole = self._blobs.upload_file()
        try:
            _join(parts, whole)
        except BaseException:
            whole.unlink(missing_ok=True)
            raise
        return whole

    def drop(self, container: str, name: str) -> None:
        """Remove the blocks: the blob that they were for has been written."""
        shutil.rmtree(self._folder(container, name), ignore_errors=True)

    def _folder(self, container: str, name: str) -> Path:
        return self._blobs.staging / hashlib.sha256(f"{container}/{name}".encode()).hexdigest()


def _join(parts: Sequence[Path], whole: Path) -> None:
    with whole.open("xb") as target:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def _file_name(block_id: str) -> str:
    return hashlib.sha256(block_id.encode()).hexdigest()
