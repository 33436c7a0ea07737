"""A job's log as it grows: polled, each file read on from where it was left."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping

from retailctl.azureml.arm import ArmClient
from retailctl.azureml.operations import growing_pauses
from retailctl.azureml.run_history import RunHistory
from retailctl.azureml.subject import Subject
from retailctl.domain.deadline import Deadline, timed_out
from retailctl.domain.resources import TERMINAL_JOB_STATES
from retailctl.errors import ApiRefused, ResourceNotFound

_STREAMED = re.compile(r"user_logs/std_log[\D]*[0]*(?:_ps)?\.txt|azureml-logs/\d{2}.+\.txt")
"""The logs that the SDK streams: of many processes the first one's, and the older runtime's."""

_NOTHING_NEW = 416


class LogFile:
    """One log file; remembers how far it was read."""

    def __init__(self, arm: ArmClient, job: str) -> None:
        self._arm = arm
        self._subject = Subject("job", job)
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def new_text(self, url: str) -> str:
        """What was written since the last call; a server that ignores ranges gives all, and is cut to what is new."""
        headers = {"x-ms-range": f"bytes={self._offset}-", "Range": f"bytes={self._offset}-"}
        try:
            answer = self._arm.fetch(url, self._subject, headers=headers)
        except ResourceNotFound:
            return ""
        except ApiRefused as error:
            if error.details.get("status") == _NOTHING_NEW:
                return ""
            raise
        content = answer.content if answer.status_code == 206 else answer.content[self._offset :]
        self._offset += len(content)
        return self._decoder.decode(content)


class JobLog:
    """The log of one job, over all its files."""

    def __init__(self, arm: ArmClient, history: RunHistory, job: str) -> None:
        self._arm = arm
        self._history = history
        self._job = job
        self._files: dict[str, LogFile] = {}
        self._last = ""

    def chunks(self, job_status: Callable[[], str], deadline: Deadline | None) -> Iterator[str]:
        """New text until the job has ended and all of it is read.

        Args:
            job_status: reads the job's own state, which counts while run history knows no run.

        Raises:
            WaitTimedOut: the deadline passed; the job goes on.
        """
        pauses = growing_pauses(first_s=0.3, most_s=3.0)
        clock = self._arm.clock
        while True:
            run = self._history.find(self._job)
            text = "".join(self._new_text(run.log_files)) if run else ""
            if text:
                yield text
                pauses = growing_pauses(first_s=0.3, most_s=3.0)
            if (run.status if run else job_status()) in TERMINAL_JOB_STATES:
                return
            if deadline and deadline.passed:
                look = f"retailctl job stream {self._job}"
                raise timed_out(deadline, waiting_for=f"job '{self._job}' to end", look=look)
            clock.sleep(next(pauses))

    def _new_text(self, urls: Mapping[str, str]) -> Iterator[str]:
        for name in sorted(name for name in urls if _STREAMED.fullmatch(name)):
            file = self._files.setdefault(name, LogFile(self._arm, self._job))
            text = file.new_text(urls[name])
            if text and self._last not in ("", name):
                yield f"\n==> {name} <==\n"  # as tail(1) tells files apart
            if text:
                self._last = name
                yield text
