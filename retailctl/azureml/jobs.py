"""Jobs: read, listed and cancelled over ARM, submitted and downloaded through the SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from retailctl.domain.resources import Job


class JobsClient:
    """Submits, reads, follows and cancels jobs."""

    def submit(self, yaml: Path, *, name: str | None = None) -> Job:
        """Send the job of ``yaml`` with its code snapshot, and return it as the service took it."""
        raise NotImplementedError

    def get(self, name: str) -> Job:
        """The job as it is now; once failed, with the reason and exit code that run history gives.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        raise NotImplementedError

    def list(
        self, limit: int | None = 30, *, status: str | None = None, experiment: str | None = None
    ) -> list[Job]:
        """The newest jobs first; None as ``limit`` means all."""
        raise NotImplementedError

    def cancel(self, name: str) -> None:
        """Ask for the job to be stopped; whether it has is for :meth:`get` to say."""
        raise NotImplementedError

    def log_chunks(self, name: str) -> Iterator[str]:
        """New text of the job's log as it is written; ends when the job has.

        The end of the stream is not success: ask :meth:`get`.
        """
        raise NotImplementedError

    def outputs(self, name: str) -> Mapping[str, str]:
        """Address of each named output of the job."""
        raise NotImplementedError

    def download(self, name: str, to: Path, output: str | None = None) -> Path:
        """Fetch one output, or logs and default artifacts, into ``to``; returns the folder."""
        raise NotImplementedError
