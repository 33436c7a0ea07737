"""The official SDK, loaded only when something is written: YAML files to entities, and its client."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

YamlKind = Literal["job", "endpoint", "deployment", "environment", "model", "data"]


def parse_check(kind: YamlKind, yaml: Path) -> None:
    """Read ``yaml`` as the SDK would, and send nothing.

    Raises:
        InvalidTemplate: the SDK does not take it; names the file and the field.
    """
    raise NotImplementedError
