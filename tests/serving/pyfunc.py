"""The model as MLflow loads it, in a process of its own, on the code that came with the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.serving.process import PATIENCE_SECONDS

SCRIPT = """
import json, sys
import mlflow.pyfunc, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    frame = pd.DataFrame(asked["data"], columns=asked["columns"])
    if "date" in frame:
        frame["date"] = pd.to_datetime(frame["date"])
    for name in frame.columns.difference(["store_id", "item_id", "date", "event_name", "dept_id"]):
        frame[name] = frame[name].astype(float)
    answer = model.predict(frame, params=asked["params"])
    answer["date"] = answer["date"].dt.strftime("%Y-%m-%d")
    print(json.dumps(answer.to_dict("list")), flush=True)
"""

Frame = dict[str, list[Any]]
"""Column -> values."""


class Pyfunc:
    """``mlflow.pyfunc.load_model(folder)``; ``with`` ends its process."""

    def __init__(self, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, str(folder)],
            cwd=folder,
            env=environment | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=PATIENCE_SECONDS)

    def predict(self, columns: list[str], data: list[list[Any]], params: dict[str, Any]) -> Frame:
        """The frame that ``predict`` answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"columns": columns, "data": data, "params": params}) + "\n")
        self._process.stdin.flush()
        answered: Frame = json.loads(self._process.stdout.readline())
        return answered
