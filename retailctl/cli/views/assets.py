"""What nouns have in common: a download's result, names with versions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from retailctl.cli.table import Block


class Download(Protocol):
    """Files that were fetched."""

    @property
    def folder(self) -> Path:
        """Where they are."""
        ...

    @property
    def files(self) -> int:
        """How many."""
        ...

    @property
    def bytes(self) -> int:
        """How much."""
        ...


def downloaded(result: Download) -> Iterator[Block]:
    """Where the files are."""
    yield f"{result.files} files, {size(result.bytes)}, in {result.folder}"


def size(count: int) -> str:
    """Bytes in the unit that reads best."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
