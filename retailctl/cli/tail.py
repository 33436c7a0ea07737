"""The end of a file on this machine, and what is appended to it."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from retailctl.domain.clock import Clock
from retailctl.errors import NotFound


def last_lines(file: Path, count: int) -> list[str]:
    """The last ``count`` lines of a file.

    Raises:
        NotFound: nothing was ever written to it.
    """
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return [line.rstrip("\n") for line in deque(stream, maxlen=count)]
    except FileNotFoundError as error:
        raise NotFound(f"there is no log at {file}", hint="retailctl local start") from error


def follow_file(file: Path, clock: Clock, interval_s: float) -> Iterator[str]:
    """Each line that is appended from now on, for ever; a file that was begun anew is read from its beginning."""
    position, rest = _size(file), b""
    while True:
        clock.sleep(interval_s)
        if _size(file) < position:
            position, rest = 0, b""
        chunk = _from(file, position)
        position += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", errors="replace") for line in lines)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _from(file: Path, position: int) -> bytes:
    if not file.exists():
        return b""
    with file.open("rb") as stream:
        stream.seek(position)
        return stream.read()
