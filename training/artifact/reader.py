"""Opens an artifact and refuses one that would answer wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.artifact import files
from training.artifact.artifact import Artifact
from training.artifact.checked_state import checked_state
from training.artifact.errors import ArtifactError
from training.artifact.manifest import RETRAIN, Manifest
from training.artifact.predictor import Predictor
from training.artifact.probes import TOLERANCE, Probes
from training.artifact.quantiles import ResidualQuantiles
from training.artifact.series import SeriesTable
from training.artifact.state import OF_SERIES
from training.artifact.trees import NODE, Trees
from training.features import FEATURE_VERSION, feature_names


def load(folder: Path) -> Artifact:
    """The artifact in a folder, its arrays mapped into memory.

    ArtifactError when it is missing, damaged, of another format or feature version, or forecasts its probes
    differently from the library that trained it.
    """
    manifest = Manifest.read(folder)
    _check_features(folder, manifest)
    arrays = {name: files.open_array(folder, name, checksum) for name, checksum in manifest.checksums.items()}
    try:
        artifact = _assembled(manifest, arrays)
        probes = Probes(arrays[files.PROBE_SERIES], arrays[files.PROBE_MEAN])
    except KeyError as error:
        raise ArtifactError(f"{folder} is incomplete: its manifest lists no {error.args[0]}. {RETRAIN}") from error
    _check_shapes(folder, artifact)
    artifact = _with_state(folder, artifact, arrays)
    difference = _largest_difference(folder, artifact, probes)
    if not difference <= TOLERANCE:
        raise ArtifactError(
            f"{folder} does not forecast as it did when it was trained: a probe differs by {difference:.2g} "
            f"(allowed {TOLERANCE:g}). {RETRAIN}"
        )
    for values in arrays.values():
        files.leave_on_disk(values)
    return artifact


def _with_state(folder: Path, artifact: Artifact, arrays: dict[str, NDArray[Any]]) -> Artifact:
    """The artifact with its state, where training kept it; ArtifactError when it is not that of its series."""
    names = {per: files.STATE + per.value for per in OF_SERIES}
    if not any(name in arrays for name in names.values()):
        return artifact
    try:
        values = {per: arrays[name] for per, name in names.items()}
        state = checked_state(values, artifact.table, artifact.predictor.spec, artifact.origin)
    except (KeyError, IndexError, ValueError) as error:
        raise ArtifactError(f"{folder} holds state of other series or features ({error}). {RETRAIN}") from error
    return replace(artifact, state=state)


def _check_features(folder: Path, manifest: Manifest) -> None:
    computed = feature_names(manifest.spec)
    if manifest.feature_version != FEATURE_VERSION or manifest.features != computed:
        raise ArtifactError(
            f"{folder} was trained on {len(manifest.features)} features of version {manifest.feature_version}; "
            f"this code computes {len(computed)} of version {FEATURE_VERSION}. {RETRAIN}"
        )


def _largest_difference(folder: Path, artifact: Artifact, probes: Probes) -> float:
    try:
        return probes.largest_difference(artifact)
    except (IndexError, ValueError, RecursionError) as error:  # arrays that contradict each other
        raise ArtifactError(f"{folder} cannot forecast its probes ({error}). {RETRAIN}") from error


def _assembled(manifest: Manifest, arrays: dict[str, NDArray[Any]]) -> Artifact:
    # The model's own arrays are read in every forecast: in memory they are faster than mapped ones.
    trees = Trees(np.array(arrays[files.NODES]), np.array(arrays[files.ROOTS]))
    levels, centres, ratios = (np.array(arrays[name]) for name in (files.LEVELS, files.CENTRES, files.RATIOS))
    residuals = ResidualQuantiles(levels, centres, ratios, manifest.whole_units)
    table = SeriesTable.of_arrays(
        {name.removeprefix(files.SERIES): values for name, values in arrays.items() if name.startswith(files.SERIES)}
    )
    predictor = Predictor(manifest.spec, trees, manifest.baseline, residuals)
    return Artifact(manifest, predictor, table)


def _check_shapes(folder: Path, artifact: Artifact) -> None:
    predictor, manifest = artifact.predictor, artifact.manifest
    curves = predictor.residuals
    if not (
        predictor.trees.nodes.dtype == NODE
        and curves.ratios.shape == (*curves.centres.shape, *curves.levels.shape)
        and artifact.table.fits(manifest.spec, manifest.n_series)
    ):
        raise ArtifactError(f"{folder} holds arrays of other shapes than its manifest says. {RETRAIN}")
