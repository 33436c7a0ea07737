"""Free ports for instances: picked here, bound by the instance a moment later, with the race in between handled."""

import socket

import psutil

# What servers of every language print when somebody else was faster.
_TAKEN = ("address already in use", "eaddrinuse", "errno 98", "errno 48")

_in_use: set[int] = set()  # of all slots in this process: two that start together must not pick the same


def take_port() -> int:
    """A port on 127.0.0.1 that is free now and that no other slot of this process has taken."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _in_use:
            _in_use.add(port)
            return port


def return_port(port: int) -> None:
    """The instance has ended."""
    _in_use.discard(port)


def lost_race(output: str) -> bool:
    """Whether a program that ended says that its port was taken."""
    text = output.lower()
    return any(words in text for words in _TAKEN)


def listens(pid: int, port: int) -> bool:
    """Whether the process or one of its descendants owns the port, so that a stranger's answer is not taken for its.

    Where the system does not let us look, the answer is yes.
    """
    try:
        root = psutil.Process(pid)
        return any(_owns(process, port) for process in [root, *root.children(recursive=True)])
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def _owns(process: psutil.Process, port: int) -> bool:
    listening = (c for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
    return any(connection.laddr.port == port for connection in listening)
