"""Which processes of this machine run a command, so that a test can show that none is left."""

from __future__ import annotations

import psutil


def processes(text: str) -> list[int]:
    """Numbers of the processes whose command line holds ``text``, the oldest first."""
    found = psutil.process_iter(["pid", "cmdline", "create_time"])
    running = [each.info for each in found if text in " ".join(each.info["cmdline"] or ())]
    return [info["pid"] for info in sorted(running, key=lambda info: info["create_time"])]
