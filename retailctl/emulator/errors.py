"""What can go wrong before the local Azure ML answers its first request, as exceptions that a caller can show.

    EmulatorError
    ├── AlreadyRunning      another server holds this state folder
    ├── PortTaken           the port asked for is in use
    ├── CorruptState        a file in the state folder cannot be read back
    ├── UnusableState       the state folder cannot be made, written or locked
    ├── InvalidRunners      the runner table cannot be used
    ├── StartFailed         the server ended, or did not answer in time
    ├── EngineUnavailable   containers were asked for, and no Docker engine answers
    └── NotRunning          nothing serves this state folder

Each carries `code`, a stable word that survives the trip from a background server to the process that started it,
and `hint`, the next command to run. Errors of a request are `retailctl.emulator.arm.errors.ArmError` instead.
"""

from __future__ import annotations


class EmulatorError(Exception):
    """Base of everything that keeps the local Azure ML from serving."""

    code = "emulator-error"
    hint = "Look at `retailctl local logs`."

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyRunning(EmulatorError):
    """Another server holds this state folder."""

    code = "already-running"
    hint = "Use the running one (`retailctl local status`), or stop it with `retailctl local stop`."


class PortTaken(EmulatorError):
    """The port asked for is in use by another program."""

    code = "port-taken"
    hint = "Choose another with `retailctl local start --port N`, or let the system choose with `--port 0`."


class CorruptState(EmulatorError):
    """A file in the state folder cannot be read back."""

    code = "corrupt-state"
    hint = "`retailctl local reset` deletes the local state, so that the next start begins afresh."


class UnusableState(EmulatorError):
    """The state folder cannot be made, written or locked."""

    code = "unusable-state"
    hint = "Choose another folder with RETAILCTL_STATE, or make room and correct its permissions."


class InvalidRunners(EmulatorError):
    """The table that says what stands for an image cannot be used."""

    code = "invalid-runners"
    hint = "Correct the runner table and start again."


class EngineUnavailable(EmulatorError):
    """Containers were asked for, and no Docker engine answers."""

    code = "engine-unavailable"
    hint = "Start Docker, or let processes stand for images with `retailctl local start --runner process`."


class StartFailed(EmulatorError):
    """The server ended while starting, or did not answer in time."""

    code = "start-failed"


class NotRunning(EmulatorError):
    """Nothing serves this state folder."""

    code = "not-running"
    hint = "Start it with `retailctl local start`."


_BY_CODE = {
    family.code: family
    for family in (
        AlreadyRunning,
        PortTaken,
        CorruptState,
        UnusableState,
        InvalidRunners,
        EngineUnavailable,
        StartFailed,
        NotRunning,
    )
}


def from_code(code: str, message: str) -> EmulatorError:
    """The exception that a background server reported as a code and a message."""
    return _BY_CODE.get(code, StartFailed)(message)
