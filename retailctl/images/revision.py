"""The revision of the project's code, asked of git where there is one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_PATIENCE_S = 10


@dataclass(frozen=True)
class Revision:
    """A commit, and whether the files differ from it."""

    sha: str
    """40 hexadecimal digits."""
    dirty: bool

    @property
    def text(self) -> str:
        """``4f2a9c1...`` or ``4f2a9c1...-dirty``, the form of every tag."""
        return f"{self.sha}-dirty" if self.dirty else self.sha


def revision_of(folder: Path) -> Revision | None:
    """The commit checked out in ``folder``; None without git, a repository or a commit."""
    sha = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not sha:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    return Revision(sha, bool(changed))


def committed_at(folder: Path) -> datetime | None:
    """When the commit that is checked out was made; None as above."""
    seconds = _git(folder, "show", "--no-patch", "--format=%ct", "HEAD")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds and seconds.isdecimal() else None


def origin_of(folder: Path) -> str | None:
    """Where the repository was cloned from, without the user and password that such an address may carry."""
    address = _git(folder, "config", "--get", "remote.origin.url")
    if not address or "://" not in address:
        return address or None  # host:path, or a folder
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None when it is not there or refuses."""
    line = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        answer = subprocess.run(line, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
