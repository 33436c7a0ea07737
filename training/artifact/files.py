"""The files of an artifact beside its manifest: plain ``.npy`` arrays, never pickled objects."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.artifact.errors import ArtifactError
from training.artifact.manifest import RETRAIN, sha256_of

NODES, ROOTS = "tree_nodes", "tree_roots"
LEVELS, CENTRES, RATIOS = "quantile_levels", "quantile_centres", "quantile_ratios"
PROBE_SERIES, PROBE_MEAN = "probe_series", "probe_mean"
SERIES = "series_"
"""Prefix of the series table's fields."""
STATE = "state_"
"""Prefix of the kinds of ``State.values``."""


def save_array(folder: Path, name: str, values: NDArray[Any]) -> str:
    """Write one array; returns the file's SHA-256."""
    file = folder / f"{name}.npy"
    np.save(file, np.ascontiguousarray(values), allow_pickle=False)
    return sha256_of(file)


def leave_on_disk(values: NDArray[Any]) -> None:
    """Give a mapped array's pages back to the system, which reads them again when they are asked for."""
    owner: object = values
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def open_array(folder: Path, name: str, checksum: str) -> NDArray[Any]:
    """Map one array into memory; ArtifactError when it is missing, changed or no plain array."""
    file = folder / f"{name}.npy"
    try:
        if sha256_of(file) != checksum:
            raise ArtifactError(f"{file} is damaged: its checksum differs from the manifest's. {RETRAIN}")
        values: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False).view(
            np.ndarray
        )  # a memmap costs time on every use
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{file} cannot be read ({error}). {RETRAIN}") from error
    return values
