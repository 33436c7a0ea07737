"""The one model of the process: found, loaded in the background, and handed to requests once it is in memory.

A load that fails leaves the process up: /ready and /score say 503 with the reason, which is also logged. An exit would
have the platform restart the container in vain, and bury the reason under the restarts.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

import orjson

from serving.day_rows import RowSchemas
from serving.errors import RequestError, invalid
from serving.logs import LOGGER
from serving.request import RequestParser
from training.artifact import Artifact, ArtifactError, Forecast, ForecastRequest, load
from training.artifact import RequestError as Unanswerable

State = Literal["loading", "ready", "failed", "draining"]

ARTIFACT = "artifact"
MANIFEST = "manifest.json"
MOUNT = "azureml-models"
"""Last part of the mount path that Azure ML takes when a deployment names none."""


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded artifact, the parser of requests for it, and what is said about it in every answer."""

    artifact: Artifact
    parser: RequestParser
    description: dict[str, str | int | None]
    """name and version (None where the folder does not tell), origin, horizon, fingerprint."""
    description_json: orjson.Fragment

    def forecast(self, request: ForecastRequest) -> Forecast:
        """Raises RequestError (422) for what has no answer."""
        try:
            return self.artifact.forecast(request)
        except Unanswerable as error:
            raise _refused(error) from None

    def forecast_many(self, requests: Sequence[ForecastRequest]) -> list[Forecast | RequestError]:
        """The forecast of each, or the error that ``forecast`` raises; computed together: meant for small requests."""
        answers = self.artifact.forecast_many(requests)
        return [_refused(answer) if isinstance(answer, Unanswerable) else answer for answer in answers]

    @property
    def labels(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.description.items() if value is not None}


def _refused(error: Unanswerable) -> RequestError:
    return invalid(str(error), error.field)


class ModelHolder:
    """Holds the model and the state that readiness reports."""

    def __init__(self, folder: Path | None, max_series: int) -> None:
        self._folder = folder
        self._max_series = max_series
        self._model: Model | None = None
        self._failed = False
        self._draining = False
        self.reason = "the model is being loaded"

    @property
    def state(self) -> State:
        if self._draining:
            return "draining"
        if self._model is not None:
            return "ready"
        return "failed" if self._failed else "loading"

    @property
    def loaded(self) -> Model | None:
        return self._model

    def start(self) -> None:
        """Loads in a thread of its own, so that /live answers meanwhile; nothing where that was done before."""
        if self.state == "loading":
            threading.Thread(target=self.load, name="load-model", daemon=True).start()

    def load(self) -> None:
        """Loads now; a failure becomes the reason that readiness gives."""
        began = perf_counter()
        try:
            model = open_model(self._folder, self._max_series)
        except ArtifactError as error:
            self._fail(str(error))
        except Exception as error:  # whatever is in the folder, the process stays up and says so
            LOGGER.exception("bug in loading the model")
            self._fail(f"{type(error).__name__}: {error}")
        else:
            gc.freeze()  # a full collection would look at the model's names each time, and hold up requests meanwhile
            self._model = model
            seconds = round(perf_counter() - began, 3)
            LOGGER.info("model loaded", extra={"fields": {"seconds": seconds, **model.labels}})

    def drain(self) -> None:
        """Readiness goes; requests are still answered."""
        self._draining = True
        self.reason = "the process is shutting down"

    def model(self) -> Model:
        """The loaded model. Raises RequestError (503) with the reason while there is none."""
        if self._model is None:
            raise RequestError(503, "model-not-ready", self.reason)
        return self._model

    def _fail(self, reason: str) -> None:
        self.reason = reason
        self._failed = True
        LOGGER.error("model not loaded: %s", reason)


def find_artifact(folder: Path | None) -> Path:
    """The artifact's folder: below the model's folder or one folder further down. Raises ArtifactError."""
    if folder is None:
        raise ArtifactError("AZUREML_MODEL_DIR is not set; set it to the folder of the registered model")
    if not folder.is_dir():
        raise ArtifactError(f"{folder}: no such folder; AZUREML_MODEL_DIR must hold the registered model")
    try:
        manifests = (folder / ARTIFACT / MANIFEST, *folder.glob(f"*/{ARTIFACT}/{MANIFEST}"))
        found = [path.parent for path in manifests if path.exists()]
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:10]) or "nothing"
    except OSError as error:
        raise ArtifactError(f"{folder} cannot be read ({error})") from None
    if len(found) != 1:
        what = "more than one" if found else "no"
        raise ArtifactError(f"{folder}: {what} {ARTIFACT}/{MANIFEST} in it or one folder below; it holds {there}")
    return found[0]


def open_model(model_dir: Path | None, max_series: int) -> Model:
    """Loads and checks the artifact in AZUREML_MODEL_DIR; its probes are forecast, so that no request pays for the
    first. Raises ArtifactError."""
    artifact = load(find_artifact(model_dir))
    name, version = identity(model_dir)
    description: dict[str, str | int | None] = {
        "name": name,
        "version": version,
        "origin": str(artifact.origin),
        "horizon": artifact.horizon_max,
        "fingerprint": artifact.manifest.data_fingerprint,
    }
    parser = RequestParser(artifact, RowSchemas.of(artifact.manifest.spec), max_series)
    return Model(artifact, parser, description, orjson.Fragment(orjson.dumps(description)))


def identity(model_dir: Path | None) -> tuple[str | None, str | None]:
    """Name and version of the registered model: Azure ML mounts it at <model_mount_path>/<name>/<version>."""
    if model_dir is None:
        return None, None
    folder = model_dir.absolute()
    if folder.name.isdigit() or folder.parent.parent.name == MOUNT:
        return folder.parent.name, folder.name
    return None, None
