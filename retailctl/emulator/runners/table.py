"""The runner table: which command and folder stand for a container image when there is no Docker.

Whoever starts the server hands the table over, so that nothing here knows the project's own images. An image that
matches no row has no runner; the caller refuses it by name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any


class RunnerTableError(ValueError):
    """The table's file or one of its rows is not usable; the message names the row and the field."""


@dataclass(frozen=True, slots=True)
class RunnerEntry:
    """One row: images that match `image` run as `command` in `folder`.

    `command` may hold the placeholders `{python}` and `{port}`; it is None for images whose command comes with the
    job. `environment` plays the part of the image's own ENV lines.
    """

    image: str
    folder: Path
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunnerTable:
    """Rows in order; the first whose pattern matches wins."""

    entries: tuple[RunnerEntry, ...] = ()

    @classmethod
    def load(cls, file: Path) -> "RunnerTable":
        """Read `{"runners": [{"image", "command", "folder", "environment"}, ...]}`; raises RunnerTableError."""
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunnerTableError(f"Cannot read the runner table {file}: {error}") from error
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Any) -> "RunnerTable":
        """The same from a decoded document; relative folders are refused, since the server's folder is its own."""
        rows = document.get("runners") if isinstance(document, dict) else None
        if not isinstance(rows, list):
            raise RunnerTableError('The runner table must be {"runners": [...]}.')
        return cls(tuple(_entry(row, f"runners[{index}]") for index, row in enumerate(rows)))

    def match(self, image: str) -> RunnerEntry | None:
        """The row for an image reference, whatever its registry, tag or digest."""
        spellings = _spellings(image)
        for entry in self.entries:
            if any(fnmatchcase(spelling, entry.image) for spelling in spellings):
                return entry
        return None


def _spellings(image: str) -> tuple[str, ...]:
    """The reference and its repository alone; one without a registry is Docker Hub's, as for Docker itself."""
    repository = image.partition("@")[0]
    head, slash, name = repository.rpartition("/")
    repository = head + slash + name.partition(":")[0]
    first = repository.partition("/")[0]
    named = "/" in repository and ("." in first or ":" in first or first == "localhost")
    prefix = "" if named else "docker.io/"
    return (image, repository, prefix + image, prefix + repository)


def _entry(row: Any, where: str) -> RunnerEntry:
    if not isinstance(row, dict) or not isinstance(row.get("image"), str):
        raise RunnerTableError(f"{where}: 'image' must be a pattern such as '*/retail/infer*'.")
    folder = Path(str(row.get("folder", "")))
    if not folder.is_absolute():
        raise RunnerTableError(f"{where}: 'folder' must be an absolute path, not '{folder}'.")
    command = row.get("command")
    if command is not None and not _is_list_of_text(command):
        raise RunnerTableError(f"{where}: 'command' must be a list of words.")
    environment = row.get("environment") or {}
    if not isinstance(environment, dict) or not _is_list_of_text([*environment.keys(), *environment.values()]):
        raise RunnerTableError(f"{where}: 'environment' must map names to text.")
    words = tuple(command) if command else None
    return RunnerEntry(image=row["image"], folder=folder, command=words, environment=environment)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
