"""`python -m tests.emulator.crash --kills 200 --seed 1`: kills of a real server at work, and one line about them."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.emulator.crash.campaign import Campaign


def main() -> int:
    """Run; 1 when an invariant did not hold, with the folder kept to be looked at."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--tracking", action="store_true", help="log to MLflow as well, and kill it")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retailctl-crash-"))
    campaign = Campaign(folder, options.seed, options.kills, clients=options.clients, tracking=options.tracking)
    report = campaign.run()
    sys.stdout.write(report.line(options.seed) + "\n")
    if report.problems:
        sys.stdout.write(f"{folder} is kept, with the server's log.\n")
    else:
        shutil.rmtree(folder)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
