"""The project a command works in: the nearest folder with a retailctl.toml, or the present folder without one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retailctl.config.bundle import bundle_root

FILE_NAME = "retailctl.toml"
STATE_VARIABLE = "RETAILCTL_STATE"


@dataclass(frozen=True)
class Project:
    """A root folder, and its retailctl.toml where there is one."""

    root: Path
    file: Path | None
    state_dir: Path
    """Where the local Azure ML and other things of this machine are kept."""

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str] | None = None) -> Project:
        """Look for retailctl.toml in ``start`` and the folders above it."""
        variables = os.environ if environ is None else environ
        here = start.resolve()
        file = next((folder / FILE_NAME for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)
        root = file.parent if file else here
        state = variables.get(STATE_VARIABLE)
        return cls(root, file, here / Path(state).expanduser() if state else root / ".retailctl")

    @property
    def code_root(self) -> Path:
        """The folder that holds training/ and serving/: the project's own copies, else what retailctl carries."""
        own = (self.root / "training" / "train.py").is_file() and (self.root / "serving").is_dir()
        return self.root if own else bundle_root()

    @property
    def templates_dirs(self) -> tuple[Path, ...]:
        """Where templates are looked up: the project's first, then those that retailctl carries."""
        own, carried = self.root / "templates", bundle_root() / "templates"
        return (own, carried) if own.is_dir() and own != carried else (carried,)
