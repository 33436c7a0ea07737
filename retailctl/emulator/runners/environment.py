"""The environment a job or a slot begins with: an allow-list, because the operator's shell holds secrets."""

import os
import sys
from pathlib import Path

# What a program needs to find itself, its home, its language and its scratch space. Nothing that a login, a cloud
# client or a CI system puts there.
_ALLOWED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LOGNAME", "SHELL", "TMPDIR", "TZ", "USER")


def base_environment() -> dict[str, str]:
    """The allow-listed variables, PATH with this interpreter first, and settings that suit a shared machine."""
    environment = {name: os.environ[name] for name in _ALLOWED if name in os.environ}
    search_path = os.environ.get("PATH", os.defpath)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), search_path])
    environment["PYTHONUNBUFFERED"] = "1"  # logs are followed while the program runs
    # OpenMP's default of one busy-waiting thread a core makes two processes on one machine a hundred times slower.
    environment["OMP_NUM_THREADS"] = "1"
    return environment
