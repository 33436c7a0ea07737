"""Which container and blob names are kept, and where: a blob's file never leaves its container's folder.

Blobs are files of the same name, so that a job's inputs and outputs are plain folders. What a file system cannot
hold as a name is refused: empty, `.` and `..` segments, NUL, segments above 255 bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

_CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])")
_LONGEST_NAME = 1024
_LONGEST_SEGMENT = 255


class InvalidBlobName(ValueError):
    """A container or blob name that cannot be kept; the message says why."""


def container_folder(root: Path, container: str) -> Path:
    """Folder of a container. Raises InvalidBlobName."""
    if not _CONTAINER.fullmatch(container):
        raise InvalidBlobName(f"the container name {container!r} is not 3 to 63 lower-case letters, digits and hyphens")
    return root / container


def _check_segment(segment: str, name: str) -> None:
    if segment in {"", ".", ".."} or "\0" in segment or len(segment.encode()) > _LONGEST_SEGMENT:
        raise InvalidBlobName(f"the blob name {name[:80]!r} has a segment that cannot be kept")


def blob_file(root: Path, container: str, name: str) -> Path:
    """File of a blob. Raises InvalidBlobName, also when a link inside the container would lead out of it."""
    folder = container_folder(root, container)
    if len(name) > _LONGEST_NAME:
        raise InvalidBlobName("the blob name is longer than 1024 characters")
    segments = name.split("/")
    for segment in segments:
        _check_segment(segment, name)
    path = folder.joinpath(*segments)
    if not stays_inside(path, folder):
        raise InvalidBlobName(f"the blob name {name[:80]!r} leads out of its container")
    return path


def stays_inside(path: Path, folder: Path) -> bool:
    """Whether a path is below a folder when every link on the way is followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (RuntimeError, ValueError):  # a link that leads to itself; a NUL
        return False


def prefix_folder(root: Path, container: str, prefix: str) -> Path:
    """File or folder that a path inside a container means, as a job binds it. Raises InvalidBlobName."""
    trimmed = prefix.strip("/")
    return blob_file(root, container, trimmed) if trimmed else container_folder(root, container)
