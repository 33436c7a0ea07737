"""Exchanges as lines of a file: how those of a server in another process come to the test that judges them."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from retailctl.emulator.app.exchange import Exchange

FOLDER = "RETAILCTL_TEST_EXCHANGES"
"""The variable that names the folder; servers in which it is not set keep nothing."""
_CHILDREN = Path(__file__).parent / "children"
_BODIES = ("request_body", "response_body")


def environment(folder: Path | None = None) -> dict[str, str]:
    """What lets a server in another process keep its exchanges in the folder, or in that of this test run, if any."""
    place = folder or os.environ.get(FOLDER)
    return {FOLDER: str(place), "PYTHONPATH": str(_CHILDREN)} if place else {}


def keeper(folder: str) -> Callable[[Exchange], None]:
    """An observer that writes each exchange, in one write, to this process's file."""
    file = os.open(Path(folder) / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def keep(exchange: Exchange) -> None:
        line: dict[str, Any] = dataclasses.asdict(exchange)
        line |= {name: base64.b64encode(line[name]).decode() for name in _BODIES}
        os.write(file, json.dumps(line).encode() + b"\n")

    return keep


class Exchanges:
    """What servers in other processes wrote since the last look; a line that a kill cut off is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def new(self) -> Iterator[Exchange]:
        """Every exchange that was not given before."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                whole, end, _ = file.read().rpartition(b"\n")
            self._read[path] = self._read.get(path, 0) + len(whole) + len(end)
            yield from (_exchange(json.loads(line)) for line in whole.splitlines())


def _exchange(line: Mapping[str, Any]) -> Exchange:
    return Exchange(**{**line, **{name: base64.b64decode(line[name]) for name in _BODIES}})
