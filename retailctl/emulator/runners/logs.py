"""Reading the log files that leashes write: the last lines, across the one rotation, and no more than those."""

from pathlib import Path

_LONGEST_TAIL = 16 * 2**20  # bytes; more than any answer of the platform
_LONGEST_ADDITION = 64 * 2**10
_BLOCK_BYTES = 64 * 2**10


def tail(log_file: Path, lines: int | None = None) -> str:
    """The last `lines` lines of a log and its rotated part, all up to 16 MiB for None; '' for what cannot be read."""
    content = _end_of(log_file, lines)
    wanted = None if lines is None else lines - len(content.splitlines()) + 1  # the rotation may have broken a line
    if wanted is None or wanted > 0:
        content = _end_of(log_file.with_name(log_file.name + ".1"), wanted) + content
    rows = content.splitlines(keepends=True)
    kept = rows if lines is None else rows[max(0, len(rows) - lines) :]
    return b"".join(kept).decode("utf-8", "replace")


def size_of(log_file: Path) -> int:
    """Bytes in a log; 0 for one that is not there."""
    try:
        return log_file.stat().st_size
    except OSError:
        return 0


def said_since(log_file: Path, size: int) -> str:
    """What was added to a log since it had this size, or since its rotation after that; 64 KiB at most."""
    try:
        with log_file.open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(max(size if size <= end else 0, end - _LONGEST_ADDITION))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _end_of(file: Path, lines: int | None) -> bytes:
    """The end of a file with at least so many lines, read backwards."""
    content = b""
    try:
        with file.open("rb") as stream:
            begin = end = stream.seek(0, 2)
            while begin > max(0, end - _LONGEST_TAIL) and (lines is None or content.count(b"\n") <= lines):
                block = min(begin, _BLOCK_BYTES if lines is not None else _LONGEST_TAIL)
                begin = stream.seek(begin - block)
                content = stream.read(block) + content
    except OSError:
        return b""
    return content
