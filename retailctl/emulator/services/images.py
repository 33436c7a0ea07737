"""What stands for an image on this machine, and how it is said that nothing does."""

from __future__ import annotations

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.runners.table import RunnerEntry, RunnerTable


def runner_for_job(runners: RunnerTable, image: str) -> RunnerEntry:
    """The row that a job's image runs as; its command comes with the job. Raises ArmError (400)."""
    entry = runners.match(image)
    if entry is None:
        raise _unknown(image, [each.image for each in runners.entries])
    return entry


def runner_for_slot(runners: RunnerTable, image: str) -> RunnerEntry:
    """The row that a deployment's image runs as; it must have a command. Raises ArmError (400)."""
    entry = runners.match(image)
    if entry is None or entry.command is None:
        raise _unknown(image, [each.image for each in runners.entries if each.command])
    return entry


def _unknown(image: str, known: list[str]) -> ArmError:
    return ArmError(
        400,
        "ImageNotRunnable",
        f"Nothing here stands for the image '{image}'. Images that can be run: {', '.join(known) or 'none'}."
        " Add a row to the runner table to run another.",
    )
