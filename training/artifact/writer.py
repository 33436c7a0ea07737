"""Writes an artifact: the arrays first, the manifest that vouches for them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from training.artifact import files
from training.artifact.manifest import Manifest
from training.artifact.predictor import Predictor
from training.artifact.probes import Probes
from training.artifact.series import SeriesTable
from training.features.summary import Per
from training.features.window import Matrix


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into an artifact."""

    manifest: Manifest
    """Its checksums are filled in here."""
    predictor: Predictor
    table: SeriesTable
    probes: Probes
    state: Mapping[Per, Matrix]
    """``State.values``"""


def write(folder: Path, contents: Contents) -> Manifest:
    """Write a new artifact into an empty or missing folder; returns the manifest with its checksums.

    A folder whose writing was interrupted has no manifest and is refused when it is opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    predictor, residuals, probes = contents.predictor, contents.predictor.residuals, contents.probes
    arrays = {
        files.NODES: predictor.trees.nodes,
        files.ROOTS: predictor.trees.roots,
        files.LEVELS: residuals.levels,
        files.CENTRES: residuals.centres,
        files.RATIOS: residuals.ratios,
        files.PROBE_SERIES: probes.series,
        files.PROBE_MEAN: probes.mean,
    }
    arrays |= {files.SERIES + name: values for name, values in contents.table.arrays().items()}
    arrays |= {files.STATE + per.value: values for per, values in contents.state.items()}
    checksums = {name: files.save_array(folder, name, values) for name, values in arrays.items()}
    manifest = replace(contents.manifest, checksums=checksums)
    manifest.write(folder)
    return manifest
