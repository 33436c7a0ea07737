"""What the write-side workflows work with: a folder of data, and the output that a training job leaves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from retailctl.azureml.scoring import ScoringAnswer
from tests.unit.workflows.world import JobScript

SAMPLE = {"series": [{"store_id": "CA_1", "item_id": "FOODS_3_090"}]}
METRICS = {"wape": 0.61234567, "wape_seasonal_naive": 0.8, "note": "text", "broken": float("nan")}


def data_folder(folder: Path) -> Path:
    """A folder that holds training data, as far as the control side looks."""
    folder.mkdir(parents=True)
    (folder / "sales.csv").write_text("store_id,item_id,date,sales\nCA_1,FOODS_3_090,2016-01-01,1\n")
    return folder


def output(**files: str | None) -> Mapping[str, bytes]:
    """The files of the output model_out; None leaves one out."""
    content: dict[str, str | None] = {
        "MLmodel": "flavors: {}\n",
        "metrics.json": json.dumps(METRICS),
        "sample_request.json": json.dumps(SAMPLE),
        "artifact/manifest.json": json.dumps({"data_fingerprint": "f" * 64}),
        **files,
    }
    return {name: text.encode() for name, text in content.items() if text is not None}


def script(**changes: object) -> JobScript:
    """A job that completes and leaves a model."""
    values: dict[str, object] = {"files": {"model_out": output()}, **changes}
    return JobScript(**values)  # type: ignore[arg-type]


def forecasting(slot: str, body: bytes) -> ScoringAnswer:
    """The answer of a slot that forecasts what it is asked for."""
    forecasts = [{**each, "mean": [1.0, 2.5]} for each in json.loads(body)["series"]]
    text = json.dumps({"model": {"slot": slot}, "forecasts": forecasts}).encode()
    return ScoringAnswer(200, text, 0.004, None)


def commit(folder: Path) -> None:
    """Put ``folder`` under git, with everything in it committed."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for line in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--allow-empty", "-m", "all"]):
        subprocess.run(["git", *line], cwd=folder, check=True, capture_output=True)
