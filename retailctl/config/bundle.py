"""What an installed retailctl carries with it: templates, training and serving, as data.

A wheel holds them under ``retailctl/_bundle``; a checkout has them beside the package. They are never imported from
here: child processes get the folder on PYTHONPATH.
"""

from __future__ import annotations

from pathlib import Path

import retailctl


def bundle_root() -> Path:
    """The folder that holds templates/, training/ and serving/."""
    package = Path(retailctl.__file__).resolve().parent
    carried = package / "_bundle"
    return carried if carried.is_dir() else package.parent
