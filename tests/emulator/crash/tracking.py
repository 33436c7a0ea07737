"""What is logged to MLflow: experiments with a tag, through the server's own address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.emulator.crash.families import Family, Step
from tests.emulator.crash.ledger import Value

_API = "/mlflow/api/2.0/mlflow/experiments"


class Tracking(Family):
    """The experiments of one client; each exists or does not."""

    def steps(self) -> Sequence[Step]:
        return [self._create]

    def actual(self, key: Any) -> Value:
        answer = self.client.send("GET", f"{_API}/get-by-name", params={"experiment_name": key})
        return "there" if answer.status_code == 200 else None

    def _create(self) -> None:
        name = self.mark()
        self.write(name, "there", lambda: self.client.send("POST", f"{_API}/create", json={"name": name}))
