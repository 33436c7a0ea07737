"""Reaching the local Azure ML of a project, which is started when a command needs it and it does not answer.

It is started by ``retailctl local start`` as a child, so that no other command loads the server, and so that one
place knows how a start goes and fails.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import retailctl
from retailctl.cli.runtime import Runtime
from retailctl.config.project import STATE_VARIABLE, Project
from retailctl.config.settings import Settings
from retailctl.errors import InvalidConfig, RetailctlError, Unavailable, WrongState

CONNECTION_FILE = "connection.json"
RUNNERS_FILE = "runners.json"
EXTRA = ("cryptography", "fastapi", "httptools", "lightgbm", "mlflow", "numpy", "pyarrow", "sklearn", "uvicorn")
"""Modules of the extra ``local``: what the server, training and serving cannot do without."""
_CONNECT_S = 2.0
_PACKAGE_ROOT = Path(retailctl.__file__).resolve().parents[1]


def reach(project: Project, runtime: Runtime, say: Callable[[str], None]) -> Mapping[str, object]:
    """What the project's local Azure ML publishes about itself; it is started first if need be, and that is said.

    Raises:
        InvalidConfig: the extra ``local`` is not installed.
        WrongState: the one that runs is another release's.
        RetailctlError: it could not be started; of the class that ``retailctl local start`` itself raises.
    """
    running = published(project.state_dir)
    if running is not None:
        _require_own(running)
        return running
    check_extra()
    say(f"Starting the local Azure ML for {project.root} (retailctl local stop ends it)")
    _start_as_child(project, runtime)
    running = published(project.state_dir)
    if running is None:
        raise Unavailable("the local Azure ML ended right after its start", hint="retailctl local logs")
    return running


def _require_own(running: Mapping[str, object]) -> None:
    """What a release publishes is read by that release: an upgrade may happen while the server runs."""
    version = running.get("version")
    if version != retailctl.__version__:
        raise WrongState(
            f"the local Azure ML that runs is of retailctl {version}, and this is {retailctl.__version__}",
            hint="retailctl local stop, then run the command again: it starts this one on the same state",
        )


def published(state_dir: Path) -> dict[str, Any] | None:
    """How to reach the server of a state folder; None when none answers."""
    try:
        found = json.loads((state_dir / CONNECTION_FILE).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)  # the port may have gone to another program since
        address = urlsplit(str(found["url"]))
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 443), _CONNECT_S):
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_extra() -> None:
    """Refuse to go on where the local Azure ML cannot run.

    Raises:
        InvalidConfig: naming the command that installs what is missing.
    """
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise InvalidConfig(
            "the local Azure ML needs the extra 'local', which is not installed",
            reason=f"missing: {', '.join(missing)}",
            hint='pip install "retailctl[local]", or choose an Azure profile with --profile',
        )


def write_runners(project: Project, settings: Settings) -> Path:
    """Say what stands for the project's images where there is no Docker: its own training and serving, as processes."""
    folder = str(project.code_root)
    table = {
        "runners": [
            {
                "image": f"*/{settings.infer_image}*",
                "command": ["{python}", "-m", "serving", "--port", "{port}"],
                "folder": folder,
                "environment": {},
            },
            {"image": f"*/{settings.train_image}*", "folder": folder, "environment": {}},
        ]
    }
    project.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = project.state_dir / RUNNERS_FILE
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)
    return file


def _start_as_child(project: Project, runtime: Runtime) -> None:
    # A checkout that is not installed is found as well; -P keeps the project's own modules from hiding others.
    search_path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), runtime.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "retailctl", "local", "start", "--output", "json", "--progress", "none"],
        cwd=project.root,
        env={**runtime.environ, STATE_VARIABLE: str(project.state_dir), "PYTHONPATH": search_path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise failed_child(done.returncode, done.stderr)


def failed_child(code: int, told: str) -> RetailctlError:
    """The failure that the child showed on its stderr as one JSON object."""
    kinds = {kind.exit_code: kind for kind in RetailctlError.__subclasses__()}
    try:
        document = json.loads(told.strip().splitlines()[-1])
        message, reason, hint = str(document["message"]), document.get("reason"), document.get("hint")
    except (IndexError, KeyError, ValueError):
        message, reason, hint = "the local Azure ML could not be started", told.strip()[-500:] or None, None
    return kinds.get(code, Unavailable)(message, reason=reason, hint=hint or "retailctl local logs")
