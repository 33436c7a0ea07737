"""What runs on although the server that started it, its leash and its sweeper were killed: ended by the next start."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress

from retailctl.emulator.runners.marks import MARKS
from retailctl.emulator.runners.sweeper import kill_marked
from retailctl.emulator.store.settings import SettingStore

_log = logging.getLogger(__name__)

_SETTING = "process_mark"


def end_what_is_left(settings: SettingStore) -> None:
    """End what carries the mark of the last server, unless that ended in order; then remember this one's."""
    last = settings.get(_SETTING)
    if last and last != MARKS.own:  # another server of this process has the same mark
        _log.info("Ending what the last server left")
        if not kill_marked(last):
            _log.warning("Processes of the last server do not end; `ps` shows them")
    settings.set(_SETTING, MARKS.own)


def note_end(settings: SettingStore) -> None:
    """Nothing is left of this server. That a full disk does not take the note costs the next start a look."""
    with suppress(sqlite3.Error):
        settings.set(_SETTING, "")
