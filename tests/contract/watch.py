"""Judges what every local Azure ML of a test run exchanges, whichever process it is in."""

from __future__ import annotations

from pathlib import Path

from tests.contract.conformance import Conformance, descriptions
from tests.contract.exchanges import Exchanges


class Watch:
    """One judge for the whole run. `folder` is where servers in other processes leave what they exchange."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.judge = Conformance(descriptions())
        self._exchanges = Exchanges(folder)

    def new_violations(self) -> list[str]:
        """The violations since the last call."""
        for exchange in self._exchanges.new():
            self.judge(exchange)
        return self.judge.new_violations()
