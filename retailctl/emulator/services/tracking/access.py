"""Who may use tracking beside those who hold the workspace's token: jobs while they run, and browsers that logged in.

Both get a secret of their own that opens tracking and nothing else. A browser gets it for a code in the address that
`retailctl local ui` opens; the code works once and for a short time. Everything is kept as digests and in memory: jobs
end with the server, and a browser logs in again.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from retailctl.emulator.store.tokens import digest

CODE_LIFETIME_S = 120.0
SESSION_LIFETIME_S = 12 * 3600.0


@dataclass(slots=True)
class _Secrets:
    """Digests of secrets of one kind, and when each ends."""

    lifetime_s: float
    _ends: dict[str, float] = field(default_factory=dict)

    def issue(self) -> str:
        now, secret = time.monotonic(), secrets.token_urlsafe(32)
        self._ends = {known: end for known, end in self._ends.items() if end > now}
        self._ends[digest(secret)] = now + self.lifetime_s
        return secret

    def valid(self, secret: str) -> bool:
        return self._ends.get(digest(secret), 0.0) > time.monotonic()

    def redeem(self, secret: str) -> bool:
        return self._ends.pop(digest(secret), 0.0) > time.monotonic()


class TrackingAccess:
    """Gives out and recognises the secrets."""

    def __init__(self) -> None:
        self._codes = _Secrets(CODE_LIFETIME_S)
        self._sessions = _Secrets(SESSION_LIFETIME_S)
        self._jobs: dict[str, str] = {}
        self._seen: set[str] = set()

    def code(self) -> str:
        """A code to log in with, once."""
        return self._codes.issue()

    def log_in(self, code: str) -> str | None:
        """The secret of a new session, or None for a code that is unknown, used or too old."""
        return self._sessions.issue() if self._codes.redeem(code) else None

    def recognises_session(self, secret: str) -> bool:
        """True for a browser that has logged in."""
        return self._sessions.valid(secret)

    def admit(self, job: str) -> str:
        """The token of a job that is about to run."""
        token = secrets.token_urlsafe(32)
        self._jobs[digest(token)] = job
        return token

    def dismiss(self, job: str) -> None:
        """End the token of a job that has ended."""
        self._jobs = {known: owner for known, owner in self._jobs.items() if owner != job}
        self._seen.discard(job)

    def recognises_job(self, token: str) -> bool:
        """True for the token of a job that runs."""
        job = self._jobs.get(digest(token))
        if job is None:
            return False
        self._seen.add(job)
        return True

    def has_tracked(self, job: str) -> bool:
        """Whether a job that runs has used its token."""
        return job in self._seen
