"""Where Python processes that tests start look for modules."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


def search_path() -> str:
    """PYTHONPATH with this checkout, installed or not, and with what the test run itself has put there to watch."""
    return os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
