"""Jobs: submitted, cancelled, deleted; short ones, long ones, ones that fail and ones that leave processes behind."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.emulator import bodies
from tests.emulator.crash.client import Client, Wrong
from tests.emulator.crash.families import Family, Step
from tests.emulator.crash.ledger import Value
from tests.emulator.crash.operations import until

_ENVIRONMENT = "training"
_ENDS = {"Completed", "Failed", "Canceled"}
_SCRIPTS = {
    "short": "echo {mark} > ${{{{outputs.result}}}}/mark",
    "long": "sleep 2; echo {mark} > ${{{{outputs.result}}}}/mark",
    "failing": "echo {mark} > ${{{{outputs.result}}}}/mark; exit 3",
    "leaving": "(setsid sleep 600 &) & nohup sleep 601 & sleep 1; echo {mark} > ${{{{outputs.result}}}}/mark",
}
_EXPECTED = {"short": "Completed", "long": "Completed", "failing": "Failed", "leaving": "Completed"}


class Jobs(Family):
    """The jobs of one client. A job's value is its mark."""

    def __init__(self, client: Client, name: str, random: Random) -> None:
        super().__init__(client, name, random)
        self._undisturbed: dict[str, tuple[str, int]] = {}

    def steps(self) -> Sequence[Step]:
        return [self._submit] * 4 + [self._cancel, self._delete]

    def actual(self, key: Any) -> Value:
        answer = self.client.arm("GET", f"/jobs/{key}")
        return None if answer.status_code == 404 else answer.json()["properties"]["tags"]["mark"]

    def prepare(self) -> None:
        """The environment of the jobs."""
        self.client.arm("PUT", f"/environments/{_ENVIRONMENT}/versions/1", bodies.environment(bodies.TRAIN_IMAGE))

    def settle(self) -> None:
        super().settle()
        for job in self.ledger.known():
            until(self.client, lambda job=job: self._status(job) in {None, *_ENDS}, f"the job {job} comes to an end")  # type: ignore[misc]

    def check(self) -> None:
        super().check()
        for job, mark in self.ledger.present().items():
            status = self._status(job)
            expected, hits = self._undisturbed.pop(job, (status, 0))
            if status != expected and hits == self.client.hits_on_jobs:
                raise Wrong(f"the job {job} is {status}, and nothing that was killed is the reason")
            if status == "Completed":
                self._check_output(job, mark)

    def _submit(self) -> None:
        kind, mark = self.random.choice(list(_SCRIPTS)), self.mark()
        outputs = {"result": {"jobOutputType": "uri_folder"}}
        body = bodies.job(
            f"azureml:{_ENVIRONMENT}:1", _SCRIPTS[kind].format(mark=mark), outputs=outputs, tags={"mark": mark}
        )
        name = f"{mark}-{kind}"
        self._undisturbed[name] = (_EXPECTED[kind], self.client.hits_on_jobs)
        self.write(name, mark, lambda: self.client.arm("PUT", f"/jobs/{name}", body))

    def _cancel(self) -> None:
        for job in reversed(list(self.ledger.present())):
            self._undisturbed.pop(job, None)
            answer = self.client.arm("POST", f"/jobs/{job}/cancel")
            self.operations.note(answer)
            return

    def _delete(self) -> None:
        for job in self.ledger.present():
            self.write(job, None, lambda: self.client.arm("DELETE", f"/jobs/{job}"))  # noqa: B023 - called at once
            return

    def _status(self, job: str) -> str | None:
        answer = self.client.arm("GET", f"/jobs/{job}")
        return None if answer.status_code == 404 else str(answer.json()["properties"]["status"])

    def _check_output(self, job: str, mark: str) -> None:
        """What a job that is called completed has written is there."""
        kept = self.client.blob("GET", f"azureml/{job}/result/mark")
        if kept.status_code != 200 or kept.text.strip() != mark:
            raise Wrong(f"the job {job} is completed, and its output is {kept.status_code} {kept.text[:100]!r}")
