"""The keeper: a program that removes a server's containers when the server is gone, however it went.

    python -P keeper.py LABEL

stdin is a pipe from the server: the word `done` dismisses the keeper, and the pipe's end, which the kernel delivers
however the server died, makes it remove every container with the label. It loads Docker's library only then, so that a
waiting keeper costs little. The server itself uses `remove_all` for what an earlier one left.
"""

import sys
import time
from typing import Any

GRACE_S = 3.0  # between the signal to stop and the removal by force, when nobody said how long to wait
_POLL_S = 0.1
_SETTLE_S = 2.0  # a creation that was under way when the server died may still end
_TIMEOUT_S = 30.0


def remove_all(client: Any, label: str) -> int:
    """Stop and remove every container with the label, its unnamed volumes as well; how many there were."""
    found = _found(client, label)
    for container in found:
        _ignoring(client.api.kill, container, "SIGTERM")
    deadline = time.monotonic() + GRACE_S
    while _found(client, label, all=False) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    for container in found:
        _ignoring(client.api.remove_container, container, force=True, v=True)
    return len(found)


def _found(client: Any, label: str, **which: bool) -> list[str]:
    options = {"all": True, **which}
    return [str(each["Id"]) for each in client.api.containers(filters={"label": label}, **options)]


def _ignoring(call: Any, container: str, *arguments: Any, **options: Any) -> None:
    """Call; that the container has just ended or gone is what was wanted."""
    import docker.errors

    try:
        call(container, *arguments, **options)
    except docker.errors.APIError as error:
        if error.status_code not in {404, 409}:
            raise


def main() -> None:
    """Wait for the server's end."""
    if b"done" in sys.stdin.buffer.read():
        return
    import docker

    client = docker.from_env(timeout=_TIMEOUT_S)
    remove_all(client, sys.argv[1])
    time.sleep(_SETTLE_S)
    remove_all(client, sys.argv[1])


if __name__ == "__main__":
    main()
