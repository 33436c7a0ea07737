"""Values that a state folder keeps from its first start on: ports, keys of the storage account, the client secret."""

from __future__ import annotations

from collections.abc import Callable

from retailctl.emulator.store.database import Database


class SettingStore:
    """Reads and writes named text values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """The value, or None."""
        row = self._database.row("SELECT value FROM settings WHERE name = ?", (name,))
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Keep a value."""
        self._database.write(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def get_or_make(self, name: str, make: Callable[[], str]) -> str:
        """The value, made and kept when there is none yet."""
        value = self.get(name)
        if value is None:
            value = make()
            self.set(name, value)
        return value
