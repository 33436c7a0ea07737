"""The list `series` of a request: which rows are asked for, under which ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving import fields
from serving.errors import RequestError, invalid
from training.artifact import Artifact

STATICS = ("dept_id", "cat_id", "state_id")
ENTRY_FIELDS = ["store_id", "item_id", "id", "future", "history", *STATICS]
PLAIN = {"store_id", "item_id"}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entries:
    """n rows to forecast; row i is entry i of `series`."""

    values: list[dict[str, object]]
    keys: list[Key]
    ids: list[str | int | None]

    def rows_of(self) -> dict[Key, list[int]]:
        """(store_id, item_id) -> the rows that ask for it."""
        rows: dict[Key, list[int]] = {}
        for row, key in enumerate(self.keys):
            rows.setdefault(key, []).append(row)
        return rows

    def statics(self) -> dict[str, list[str]]:
        """Columns of attributes that entries give for items that training had not; '' = not given."""
        given = {name for value in self.values if len(value) > len(PLAIN) for name in STATICS if name in value}
        return {name: [str(value.get(name, "")) for value in self.values] for name in given}


def read_entries(value: object, max_series: int) -> Entries:
    """Raises RequestError: 413 for too many entries, 422 for anything else that is wrong."""
    values = fields.items(value, "objects with store_id and item_id")
    if not values:
        raise invalid("expected at least one series")
    if len(values) > max_series:
        message = f"{len(values)} series in one request; send at most {max_series} at a time"
        raise RequestError(413, "too-many-series", message)
    read: list[dict[str, object]] = []
    keys: list[Key] = []
    ids: list[str | int | None] = []
    for row, entry in enumerate(values):
        try:
            checked = fields.mapping(entry, "an object with store_id and item_id")
            keys.append(
                (fields.required(checked, "store_id", fields.text), fields.required(checked, "item_id", fields.text))
            )
            ids.append(_other_fields(checked) if len(checked) > len(PLAIN) else None)
            read.append(checked)
        except RequestError as error:
            raise error.within(f"[{row}]") from None
    _check_distinct(keys, ids)
    return Entries(read, keys, ids)


def count_unknown(artifact: Artifact, keys: Sequence[Key], refuse: bool) -> int:
    """How many rows training had not. Raises RequestError naming the first where they are refused."""
    unknown = [row for row, key in enumerate(keys) if key not in artifact.series]
    if unknown and refuse:
        row = unknown[0]
        store, item = keys[row]
        field = "item_id" if store in artifact.manifest.spec.statics["store_id"] else "store_id"
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise invalid(
            f"the model was not trained on store {store!r}, item {item!r}{more}; "
            f'send "unknown": "fallback" for a forecast from similar items',
            f"series[{row}].{field}",
            "unknown-series",
        )
    return len(unknown)


def _other_fields(entry: dict[str, object]) -> str | int | None:
    """Checks what an entry has beside its key; returns its id."""
    for name in entry:
        if name not in ENTRY_FIELDS:
            raise fields.unknown_field(name, ENTRY_FIELDS)
        if name in STATICS:
            fields.required(entry, name, fields.text)
    return fields.required(entry, "id", fields.identifier) if "id" in entry else None


def _check_distinct(keys: Sequence[Key], ids: Sequence[str | int | None]) -> None:
    """Without ids of their own, two answers for one series could not be told apart."""
    pairs = list(zip(keys, ids, strict=True))
    if len(set(pairs)) == len(pairs):
        return
    first: dict[tuple[Key, str | int | None], int] = {}
    for row, pair in enumerate(pairs):
        if first.setdefault(pair, row) != row:
            store, item = pair[0]
            message = f"store {store!r}, item {item!r} is asked twice (see series[{first[pair]}]); give each its own id"
            raise invalid(message, f"[{row}]", "duplicate-series")
