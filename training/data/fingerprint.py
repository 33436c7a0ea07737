"""A name for the content of a data set, the same however its rows are split into files, ordered or stored."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import numpy as np

from training.panel import Panel

_NOT_CONTENT = ("fingerprint", "warnings")


def fingerprint(panel: Panel) -> str:
    """SHA-256 (hex) over every field of the panel that a model could see."""
    digest = hashlib.sha256()
    for field in fields(panel):
        if field.name not in _NOT_CONTENT:
            _add(digest, field.name, getattr(panel, field.name))
    return digest.hexdigest()


def _add(digest: hashlib._Hash, name: str, value: object) -> None:
    if isinstance(value, dict):
        for key in sorted(value):
            _add(digest, f"{name}.{key}", value[key])
    elif isinstance(value, np.ndarray):
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).view(np.uint8).data)
    else:
        digest.update(f"{name} {value!r}\n".encode())
