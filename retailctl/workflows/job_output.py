"""What a training job left in its output: the model's type, figures, the data it saw, a request it can answer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retailctl.domain import tags
from retailctl.domain.headlines import headlines
from retailctl.errors import InvalidData

OUTPUT = "model_out"
"""The job's output that is the model; the job's template and the model's name it alike."""
BACKTEST = "backtest.json"
"""In that output, and so in the registered model: what models are compared by."""
_SAMPLE_MAX = 250
"""Azure ML keeps at most 256 characters in a tag."""


@dataclass(frozen=True)
class JobOutput:
    """Read from the folder of a job's output :data:`OUTPUT`."""

    model_type: str
    """mlflow_model where there is an MLmodel file, else custom_model."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    data_fingerprint: str | None = None
    sample: str | None = None
    backtest: str | None = field(default=None, repr=False)
    """The text of :data:`BACKTEST`."""

    @property
    def figures(self) -> dict[str, str]:
        """Every metric as text, by name."""
        return {name: f"{value:.6g}" for name, value in sorted(self.metrics.items())}

    def tags(self) -> dict[str, str]:
        """The lineage that a model version carries of it, and the figures that say most."""
        figures = {tags.METRIC + name: text for name, text in headlines(self.figures).items()}
        rest = {tags.DATA_FINGERPRINT: self.data_fingerprint, tags.SAMPLE: self.sample}
        return {**figures, **{name: text for name, text in rest.items() if text}}


def read_output(folder: Path, job: str) -> JobOutput:
    """Look at a downloaded output; what a training script of one's own does not write is left out.

    Raises:
        InvalidData: the output holds no file, or one of ours that is not readable.
    """
    if not any(file.is_file() for file in folder.rglob("*")):
        raise InvalidData(
            f"job {job} left nothing in its output {OUTPUT}",
            reason="training/train.py writes the model into the folder of --out_dir",
            hint=f"retailctl job logs {job}",
        )
    manifest = _read_json(folder / "artifact" / "manifest.json", job)
    figures = _read_json(folder / "metrics.json", job)
    backtest = folder / BACKTEST
    return JobOutput(
        model_type="mlflow_model" if (folder / "MLmodel").is_file() else "custom_model",
        metrics=dict(_figures(figures)),
        data_fingerprint=_text(manifest.get("data_fingerprint")),
        sample=_sample(folder / "sample_request.json", job),
        backtest=backtest.read_text(encoding="utf-8", errors="replace") if backtest.is_file() else None,
    )


def _sample(file: Path, job: str) -> str | None:
    request = _read_json(file, job)
    text = json.dumps(request, separators=(",", ":"), ensure_ascii=False) if request else None
    return text if text and len(text) <= _SAMPLE_MAX else None


def _read_json(file: Path, job: str) -> Mapping[str, object]:
    """The object in ``file``; an empty one where there is no such file."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unreadable(file, job, str(error)) from error
    if not isinstance(content, dict):
        raise _unreadable(file, job, "it holds no JSON object")
    return content


def _unreadable(file: Path, job: str, why: str) -> InvalidData:
    return InvalidData(
        f"{file.name} in the output of job {job} cannot be read", reason=why, hint=f"retailctl job download {job}"
    )


def _figures(content: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """The finite numbers of a flat object."""
    for name, value in content.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield name, float(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
