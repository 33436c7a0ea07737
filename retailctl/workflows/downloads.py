"""Files fetched from the workspace: where to, and how much it was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.errors import InvalidInput


@dataclass(frozen=True)
class Downloaded:
    """What was fetched, where it is now, and how much it is."""

    name: str
    folder: Path
    files: int
    bytes: int

    @classmethod
    def of(cls, name: str, folder: Path) -> Downloaded:
        """Count what is in ``folder``."""
        sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
        return cls(name, folder, len(sizes), sum(sizes))


def check_folder(to: Path) -> Path:
    """Return ``to`` if files can be downloaded into it.

    Raises:
        InvalidInput: it is a file.
    """
    if to.exists() and not to.is_dir():
        raise InvalidInput(f"{to} is a file", hint="name a folder to download into")
    return to
