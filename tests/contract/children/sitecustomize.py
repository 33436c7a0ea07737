"""Lets a server that a test starts as a process keep what it exchanges, for the test run to judge.

Python loads this before anything else where this folder is on PYTHONPATH; it does nothing in other processes.
"""

import os
import sys

_FOLDER = os.environ.get("RETAILCTL_TEST_EXCHANGES", "")


def _watch() -> None:
    from retailctl.emulator import server
    from retailctl.emulator.app.build import create_app
    from tests.contract.exchanges import keeper

    observer = keeper(_FOLDER)
    vars(server)["create_app"] = lambda services, _=None: create_app(services, observer)


if _FOLDER and "retailctl.emulator" in sys.orig_argv:
    _watch()
