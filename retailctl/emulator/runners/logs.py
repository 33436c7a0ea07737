"""Reading the log files that leashes write: the last lines, across the one rotation."""

from pathlib import Path

_LONGEST_TAIL = 16 * 2**20  # bytes; more than any answer of the platform


def tail(log_file: Path, lines: int | None = None) -> str:
    """The last `lines` lines of a log and its rotated part, all up to 16 MiB for None; '' for what cannot be read."""
    content = _end_of(log_file.with_name(log_file.name + ".1")) + _end_of(log_file)
    rows = content.splitlines(keepends=True)
    kept = rows if lines is None else rows[max(0, len(rows) - lines) :]
    return b"".join(kept).decode("utf-8", "replace")


def _end_of(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _LONGEST_TAIL))
            return stream.read()
    except OSError:
        return b""
