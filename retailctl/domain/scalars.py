"""Scalars of YAML as text: what Azure ML keeps of them where it keeps text alone."""

from __future__ import annotations


def text_of(value: object) -> str:
    """A number's digits; ``true`` or ``false``, as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)
