"""What a series is: its store, department, category and state as codes, and the ``known_*`` columns of the target day.

Codes are ordinal (the position in the sorted vocabulary) instead of categorical splits: a tree isolates a value in
two cuts, and the tree runtime needs no bit sets. Unknown values are missing values, which every split has a side for.
"""

from __future__ import annotations

from training.features.level import LevelBlock
from training.features.spec import STATIC_COLUMNS, FeatureSpec
from training.features.window import Matrix


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (*_told_apart(spec), *spec.known)


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    window = block.window
    return (
        *(window.codes[name][:, None] for name in _told_apart(spec)),
        *(block.at_target(window.known[name]) for name in spec.known),
    )


def _told_apart(spec: FeatureSpec) -> tuple[str, ...]:
    """Static columns that have more than one value: a constant teaches nothing."""
    return tuple(name for name in STATIC_COLUMNS if len(spec.statics[name]) > 1)
