"""The manifest: what the model is, where it came from and the checksum of every file beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from training.artifact.errors import ArtifactError
from training.features import FeatureSpec

FORMAT_VERSION = 2
"""Raised when the folder changes in a way that older code cannot read. Format 1 had neither compact matrices nor state,
and is still read."""

_OLDEST_READ = 1

FILE_NAME = "manifest.json"

RETRAIN = "Train again with the code that serves, or serve with the code that trained."


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a model but its arrays; holds no time stamp, so that equal training gives equal bytes."""

    format_version: int
    feature_version: int
    spec: FeatureSpec
    features: tuple[str, ...]
    """Names of the feature columns, in order."""
    origin: str
    """ISO date of the first day to forecast."""
    quantiles: tuple[float, ...]
    """The levels that training was asked for; others between them and the extremes can be asked as well."""
    baseline: float
    """What the sum of the trees starts from: the log of the mean ratio of sales to level."""
    whole_units: bool
    """Whether quantiles are whole numbers, as sales are."""
    n_series: int
    data_fingerprint: str
    code_revision: str
    """Git revision of the training code, '' when it was not told."""
    versions: Mapping[str, str]
    """Version of each package that took part in training."""
    parameters: Mapping[str, Any]
    """The training options."""
    metrics: Mapping[str, float]
    """The backtest's figures, as in metrics.json."""
    checksums: Mapping[str, str]
    """SHA-256 of each file beside the manifest."""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Lowest and highest value that training saw of sales, price and each known_* column; {} in a model trained
    before this was noted."""

    @property
    def horizon(self) -> int:
        return self.spec.horizon

    @property
    def origin_date(self) -> np.datetime64:
        return np.datetime64(self.origin, "D")

    @property
    def digest(self) -> str:
        """SHA-256 over the manifest, and by its checksums over the whole artifact: the model's identity."""
        return hashlib.sha256(_canonical(self._as_json()).encode()).hexdigest()

    def _as_json(self) -> dict[str, Any]:
        """Without ranges where there are none, as manifests were before them: the digest of those stays what it was."""
        return {name: value for name, value in asdict(self).items() if name != "ranges" or value}

    def write(self, folder: Path) -> None:
        value = {**self._as_json(), "digest": self.digest}
        (folder / FILE_NAME).write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest in a folder; ArtifactError when there is none, or none of this format."""
        file = folder / FILE_NAME
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
            version = value["format_version"]
        except FileNotFoundError:
            raise ArtifactError(f"{folder} holds no model: {FILE_NAME} is missing.") from None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ArtifactError(f"{file} cannot be read as a manifest ({error}). {RETRAIN}") from error
        if version not in range(_OLDEST_READ, FORMAT_VERSION + 1):
            raise ArtifactError(
                f"{file} has format {version}; this code reads {_OLDEST_READ} to {FORMAT_VERSION}. {RETRAIN}"
            )
        digest = value.pop("digest", "")
        try:
            value["spec"] = FeatureSpec.from_json(value["spec"])
            value["ranges"] = {name: (low, high) for name, (low, high) in value.get("ranges", {}).items()}
            manifest = cls(**{**value, "features": tuple(value["features"]), "quantiles": tuple(value["quantiles"])})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArtifactError(f"{file} is incomplete ({error}). {RETRAIN}") from error
        if manifest.digest != digest:
            raise ArtifactError(f"{file} was changed after training: its digest does not match. {RETRAIN}")
        return manifest


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
