"""Why a job failed, as run history tells it.

Exit codes 2 (arguments) and 6 (data) are the user's to mend; so is any other that the user's process ended with.
What keeps the process from starting is told apart by its code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.runners.running import Running
from retailctl.emulator.store.trouble import trouble_of

LOG = "user_logs/std_log.txt"
_TAIL_LINES = 20
_TAIL_BYTES = 8 * 1024


def process_failed(ended: Running, word: str) -> dict[str, Any]:
    """The user's process ended with another code than 0; its last lines tell why."""
    message = (
        f"Execution failed. User process '{word}' {_ending(ended)}."
        f" Please check log file '{LOG}' for error details. Error: {tail(ended.log_file)}"
    )
    return _error("UserError", message)


def _ending(ended: Running) -> str:
    code = ended.returncode or 0
    if ended.out_of_memory:
        return f"{ended.ending}; a larger instance type has more memory"
    return f"exited with status code {code}" if code >= 0 else f"was ended by signal {-code}"


def preparation_failed(error: ArmError) -> dict[str, Any]:
    """The process was never started."""
    code = "UserError" if error.status < 500 else "SystemError"
    return _error(code, f"{error.code}: {error.message}")


def timed_out(limit: str) -> dict[str, Any]:
    """The job ran longer than it may."""
    return _error("UserError", f"JobTimeout: the job ran longer than its limit of {limit} and was canceled.")


def server_stopped() -> dict[str, Any]:
    """The server ended, and the job's process with it."""
    return _error("SystemError", "The local Azure ML was stopped while the job ran. Submit the job again.")


def system_failed(error: Exception) -> dict[str, Any]:
    """Something went wrong that is no fault of the user's."""
    if trouble := trouble_of(error):
        return _error("SystemError", trouble.message)
    return _error("SystemError", "The local Azure ML could not run the job; `retailctl local logs` has the details.")


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])


def _error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "messageFormat": "", "messageParameters": {}, "details": []}
