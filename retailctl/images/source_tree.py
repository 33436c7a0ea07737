"""The files of a source folder that matter, and one digest of their content.

Caches, hidden files and editors' leftovers are no source: with them, the same code would have another digest on every
machine, and a code snapshot would carry what nobody wrote. Nor are keys and certificates, which would stay in an image
for good: whoever may pull it may read them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from retailctl.errors import InvalidInput

_NO_SOURCE_FOLDERS = frozenset({"__pycache__", "node_modules"})
_NO_SOURCE_ENDINGS = (".pyc", ".pyo", "~", ".swp", ".orig", ".egg-info", ".pem", ".key", ".pfx", ".p12")


def source_files(root: Path, *parts: str) -> dict[PurePosixPath, Path]:
    """Path below ``root`` -> file, for each source file in the folders (or files) ``parts`` of ``root``.

    Raises:
        InvalidInput: a part that does not exist or holds no source file.
    """
    found: dict[PurePosixPath, Path] = {}
    for part in parts:
        files = [root / part] if (root / part).is_file() else sorted(_walk(root / part))
        if not files:
            raise InvalidInput(
                f"there is no source in {root / part}",
                hint="retailctl init, which writes training/, serving/ and templates/",
                details={"folder": str(root / part)},
            )
        found.update({PurePosixPath(file.relative_to(root).as_posix()): file for file in files})
    return found


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name.endswith(_NO_SOURCE_ENDINGS):
            continue
        if entry.is_file():
            yield entry
        elif entry.is_dir() and entry.name not in _NO_SOURCE_FOLDERS:
            yield from _walk(entry)


def digest(files: Mapping[PurePosixPath, Path]) -> str:
    """SHA-256 (64 hexadecimal digits) over names and contents; not over times, modes or where the folder lies."""
    whole = hashlib.sha256()
    for name in sorted(files):
        content = hashlib.sha256(files[name].read_bytes()).hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def copy_into(files: Mapping[PurePosixPath, Path], folder: Path) -> None:
    """Copy the files below ``folder``, which is made."""
    for name, file in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of ``folder`` at the end; on failure nothing has changed."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        made = Path(temporary, "made")
        made.mkdir()
        yield made
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
