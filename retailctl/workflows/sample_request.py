"""The request that a model version carries with it for trying it out."""

from __future__ import annotations

from retailctl.domain import tags
from retailctl.domain.resources import ModelVersion


def sample_of(version: ModelVersion) -> bytes | None:
    """A request that the model can answer, as JSON; None where it carries none."""
    text = version.tags.get(tags.SAMPLE)
    return text.encode() if text else None
