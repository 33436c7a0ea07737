"""The storage account: containers are folders, blobs are files, metadata is in the database.

A blob is written beside its place, synced and renamed into it, so that a reader sees the old one or the new one
whole. Blobs are read-only files: what a job reads through a link it does not change by mistake.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from retailctl.emulator.store.blob_names import blob_file, container_folder, prefix_folder, stays_inside
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.descriptions import DEFAULT_TYPE, Description, Descriptions, description
from retailctl.emulator.store.folder import make_private

_READ_ONLY = 0o400
_STAGING = ".staging"
_DELETED = ".deleted"


class ContainerNotFound(Exception):
    """There is no such container."""


class BlobNotFound(Exception):
    """There is no such blob."""


class BlobExists(Exception):
    """The blob is there already and the caller wanted a new one."""


class BlobNameTaken(Exception):
    """A file and a folder would have one name: a blob `a` beside a blob `a/b`."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Properties of a blob; `size` in bytes."""

    container: str
    name: str
    size: int
    modified: datetime
    etag: str
    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BlobStore:
    """Reads and writes blobs below one folder."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._descriptions = Descriptions(database)

    @property
    def staging(self) -> Path:
        """Where uploads wait until they are whole. No container can have this name."""
        return make_private(self._root / _STAGING)

    def clear_uploads(self) -> None:
        """Remove uploads and deletions that a stopped server did not finish.

        Blocks stay: their answers have been sent.
        """
        for found in self.staging.iterdir():
            if found.is_file():
                found.unlink()
            elif found.suffix == _DELETED:
                shutil.rmtree(found, ignore_errors=True)

    def clear_staging(self, untouched_s: float = 0.0) -> None:
        """Remove uploads and blocks that nothing was added to for so many seconds."""
        limit = time.time() - untouched_s
        for upload in self.staging.iterdir():
            with suppress(FileNotFoundError):  # it has just become a blob
                if upload.stat().st_mtime > limit:
                    continue
                if upload.is_dir():
                    shutil.rmtree(upload, ignore_errors=True)
                else:
                    upload.unlink()

    def create_container(self, container: str) -> bool:
        """Make a container; False when it was there."""
        folder = container_folder(self._root, container)
        if folder.is_dir():
            return False
        make_private(folder)
        sync_folder(self._root)
        return True

    def has_container(self, container: str) -> bool:
        """True when the container exists."""
        return container_folder(self._root, container).is_dir()

    def containers(self) -> list[str]:
        """Names of the containers, in order."""
        return sorted(path.name for path in self._root.iterdir() if path.is_dir() and path.name != _STAGING)

    def container_modified(self, container: str) -> datetime:
        """When a container changed last. Raises ContainerNotFound."""
        self._require(container)
        changed = container_folder(self._root, container).stat().st_mtime
        return datetime.fromtimestamp(int(changed), UTC)

    def container_etag(self, container: str) -> str:
        """Changes with the container. Raises ContainerNotFound."""
        self._require(container)
        return f'"0x{container_folder(self._root, container).stat().st_mtime_ns:X}"'

    def delete_container(self, container: str) -> None:
        """Remove a container with its blobs. Raises ContainerNotFound."""
        self._require(container)
        doomed = self.upload_file().with_suffix(_DELETED)
        container_folder(self._root, container).rename(doomed)  # at once, whatever there is in it
        sync_folder(self._root)
        self._descriptions.forget_all(container)
        shutil.rmtree(doomed)

    def path(self, container: str, prefix: str) -> Path:
        """File or folder behind a path in a container, there or not."""
        return prefix_folder(self._root, container, prefix)

    def upload_file(self) -> Path:
        """A new file to receive an upload."""
        return self.staging / uuid4().hex

    def commit(
        self,
        container: str,
        name: str,
        upload: Path,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
    ) -> Blob:
        """Make a finished, synced upload the blob's content.

        Raises ContainerNotFound, InvalidBlobName, BlobExists (with replace=False), BlobNameTaken.
        """
        self._require(container)
        path = blob_file(self._root, container, name)
        if path.exists() and not replace:
            raise BlobExists(name)
        if path.is_dir() or any(folder.is_file() for folder in path.parents):
            raise BlobNameTaken(name)
        text = Description(content_type or DEFAULT_TYPE, metadata or {}, headers or {})
        self._descriptions.announce(container, name, text, upload, path)
        self._place(upload, path, name)
        return self.find(container, name)

    def _place(self, upload: Path, path: Path, name: str) -> None:
        new = [folder for folder in path.parents if not folder.exists()]
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            upload.chmod(_READ_ONLY)
            upload.replace(path)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise BlobNameTaken(name) from error
        for folder in (path.parent, *(each.parent for each in new)):
            sync_folder(folder)

    def find(self, container: str, name: str) -> Blob:
        """Properties of a blob. Raises ContainerNotFound, BlobNotFound, InvalidBlobName."""
        self._require(container)
        if name.endswith("/"):  # clients ask so whether a folder is a blob
            raise BlobNotFound(name)
        path = blob_file(self._root, container, name)
        if not path.is_file():
            raise BlobNotFound(name)
        return _blob(container, name, path, self._descriptions.of(container, name, path))

    def file(self, container: str, name: str) -> Path:
        """File with the blob's content. Raises as `find` does."""
        self.find(container, name)
        return blob_file(self._root, container, name)

    def set_metadata(self, container: str, name: str, metadata: Mapping[str, str]) -> Blob:
        """Replace a blob's metadata. Raises as `find` does."""
        blob = self.find(container, name)
        self._descriptions.put(container, name, Description(blob.content_type, metadata, blob.headers))
        return self.find(container, name)

    def set_headers(self, container: str, name: str, content_type: str | None, headers: Mapping[str, str]) -> Blob:
        """Replace what readers are told beside the metadata. Raises as `find` does."""
        blob = self.find(container, name)
        self._descriptions.put(container, name, Description(content_type or DEFAULT_TYPE, blob.metadata, headers))
        return self.find(container, name)

    def delete(self, container: str, name: str) -> None:
        """Remove a blob and the folders that it leaves empty. Raises as `find` does."""
        path = self.file(container, name)
        path.unlink()
        sync_folder(path.parent)
        self._descriptions.forget(container, name)
        self._drop_empty_parents(container, path)

    def drop_empty_folders(self, container: str, prefix: str) -> None:
        """Remove a folder as far as no blob is in it: the service knows no empty ones. Raises InvalidBlobName."""
        place = self.path(container, prefix)
        for folder, _, _ in os.walk(place, topdown=False):
            with suppress(OSError):  # there is something in it
                if Path(folder) != container_folder(self._root, container):
                    Path(folder).rmdir()
        self._drop_empty_parents(container, place)

    def _drop_empty_parents(self, container: str, path: Path) -> None:
        top = container_folder(self._root, container)
        with suppress(OSError):  # there is something in it
            for folder in path.relative_to(top).parents[:-1]:
                (top / folder).rmdir()

    def list(self, container: str, prefix: str = "") -> list[Blob]:
        """Blobs whose names begin with `prefix`, in name order; links are none. Raises ContainerNotFound."""
        self._require(container)
        texts = self._descriptions.below(container, prefix)
        folder = container_folder(self._root, container)
        found = ((name, path) for name, path in _files(folder, prefix) if name.startswith(prefix))
        return [_blob(container, name, path, description(texts.get(name), path)) for name, path in sorted(found)]

    def _require(self, container: str) -> None:
        if not self.has_container(container):
            raise ContainerNotFound(container)


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Regular files below the deepest folder that the prefix names, with their names in the container."""
    start = folder / prefix.rpartition("/")[0]
    if ".." in prefix.split("/") or not stays_inside(start, folder) or not start.is_dir():
        return
    for parent, folders, files in os.walk(start):
        folders[:] = [name for name in folders if not (Path(parent) / name).is_symlink()]
        for file in files:
            path = Path(parent) / file
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path


def _blob(container: str, name: str, path: Path, text: Description) -> Blob:
    facts = path.stat()
    return Blob(
        container=container,
        name=name,
        size=facts.st_size,
        modified=datetime.fromtimestamp(int(facts.st_mtime), UTC),
        etag=f'"0x{facts.st_mtime_ns:X}{facts.st_size:X}{text.checksum:08X}"',
        content_type=text.content_type,
        metadata=text.metadata,
        headers=text.headers,
    )
