"""How an endpoint's requests are shared out among its slots, in whole per cent.

Azure ML takes a split that sums to 100, or all zeros (learn.microsoft.com/azure/machine-learning/
reference-yaml-endpoint-online); the SDK lets anything through, so the rule is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from retailctl.domain.names import check_name
from retailctl.domain.slots import other_slot
from retailctl.errors import InvalidInput

MIRROR_MAX = 50
"""Azure ML copies at most this per cent of the requests to a mirrored slot."""


class Traffic(Mapping[str, int]):
    """An immutable split: slot -> per cent, 0 to 100 each, in the order it was given."""

    __slots__ = ("_shares",)

    def __init__(self, shares: Mapping[str, int] | Iterable[tuple[str, int]] = ()) -> None:
        self._shares: dict[str, int] = dict(shares)

    def __getitem__(self, slot: str) -> int:
        return self._shares[slot]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shares)

    def __len__(self) -> int:
        return len(self._shares)

    def __eq__(self, other: object) -> bool:
        """Equal when the shares above zero are: a slot left out has none."""
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.live) == {slot: share for slot, share in other.items() if share}

    def __hash__(self) -> int:
        return hash(frozenset(self.live.items()))

    def __repr__(self) -> str:
        return f"Traffic({self.text()!r})"

    @property
    def total(self) -> int:
        """The sum of the shares."""
        return sum(self._shares.values())

    @property
    def live(self) -> dict[str, int]:
        """The slots that take traffic."""
        return {slot: share for slot, share in self._shares.items() if share > 0}

    def text(self) -> str:
        """The split as it is typed: ``blue=50 green=50``."""
        return " ".join(f"{slot}={share}" for slot, share in self._shares.items())

    def over(self, slots: Iterable[str]) -> Traffic:
        """The same split with a zero for each of ``slots`` that it does not name."""
        return Traffic({**dict.fromkeys(slots, 0), **self._shares})

    @classmethod
    def parse(cls, words: Iterable[str]) -> Traffic:
        """Read ``blue=50 green=50``, ``blue=50,green=50`` or one word a slot.

        Raises:
            InvalidInput: a word that is not ``slot=per cent``, a share outside 0 to 100, a slot named twice.
            InvalidName: a slot name that Azure ML would refuse.
        """
        shares: dict[str, int] = {}
        for word in " ".join(words).replace(",", " ").split():
            slot, share = _parse_share(word)
            if slot in shares:
                raise InvalidInput(f"slot '{slot}' is named twice", hint=_example())
            shares[slot] = share
        if not shares:
            raise InvalidInput("no split was given", hint=_example())
        return cls(shares)


def _parse_share(word: str) -> tuple[str, int]:
    slot, equals, number = word.partition("=")
    digits = number.removesuffix("%")
    if not equals or not digits.isascii() or not digits.isdecimal():
        raise InvalidInput(f"'{word}' is not a share of traffic", reason="a share is slot=per cent", hint=_example())
    if len(digits) > 3 or int(digits) > 100:
        raise InvalidInput(f"'{word}' is out of bounds", reason="a share is 0 to 100 per cent", hint=_example())
    return check_name("slot", slot.strip().lower()), int(digits)


def _example() -> str:
    return "retailctl traffic blue=50 green=50"


def check_sum(traffic: Traffic, present: Mapping[str, int], *, allow_zero: bool) -> None:
    """Refuse a split that does not sum to 100, with a line that does.

    ``present`` is the split in force: a slot that takes traffic now and is not named is where a missing rest goes.
    All zeros stop the endpoint from answering, so they want ``allow_zero``.

    Raises:
        InvalidInput: with the corrected line as its hint.
    """
    if traffic.total == 100 or (traffic.total == 0 and allow_zero):
        return
    if traffic.total == 0:
        raise InvalidInput(
            "the split sends no request to any slot",
            reason="callers would get 404 from then on",
            hint=f"retailctl traffic {traffic.text()} --yes, if that is what you want",
        )
    raise InvalidInput(
        f"the split sums to {traffic.total}, not 100",
        reason=f"asked for {traffic.text()}",
        hint=f"retailctl traffic {corrected(traffic, present).text()}",
        details={"total": traffic.total},
    )


def corrected(traffic: Traffic, present: Mapping[str, int]) -> Traffic:
    """The nearest split that sums to 100: a rest goes to a slot not named, else all are scaled in proportion.

    A slot not named that takes traffic now comes before ``blue`` and ``green``.
    """
    unnamed = [slot for slot, share in present.items() if share > 0 and slot not in traffic]
    unnamed += [slot for slot in ("blue", "green") if slot not in traffic and slot not in unnamed]
    if traffic.total < 100 and unnamed:
        rest = Traffic({unnamed[0]: 100 - traffic.total})
        return Traffic({**rest, **traffic}) if unnamed[0] < min(traffic) else Traffic({**traffic, **rest})
    return _scaled(traffic)


def _scaled(traffic: Traffic) -> Traffic:
    """Shares in the same proportion that sum to 100, the largest remainders rounded up."""
    total = traffic.total
    floors = {slot: share * 100 // total for slot, share in traffic.items()}
    by_remainder = sorted(traffic, key=lambda slot: traffic[slot] * 100 % total, reverse=True)
    for slot in by_remainder[: 100 - sum(floors.values())]:
        floors[slot] += 1
    return Traffic(floors)


def check_mirror(mirror: Traffic, traffic: Mapping[str, int]) -> None:
    """Refuse a mirror that Azure ML would refuse: one slot, up to 50 per cent, and not one that takes traffic.

    Source: learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints.

    Raises:
        InvalidInput: with the rule broken.
    """
    if len(mirror.live) > 1:
        slot, share = next(iter(mirror.live.items()))
        raise InvalidInput(
            "only one slot can be mirrored to",
            reason=f"asked for {mirror.text()}",
            hint=f"the same line with --mirror {slot}={share}",
        )
    for slot, share in mirror.live.items():
        if share > MIRROR_MAX:
            raise InvalidInput(
                f"{share} % cannot be mirrored to {slot}",
                reason=f"Azure ML mirrors at most {MIRROR_MAX} %",
                hint=f"the same line with --mirror {slot}={MIRROR_MAX}",
            )
        if traffic.get(slot):
            others = Traffic({other: part for other, part in traffic.items() if other != slot and part})
            freed = _scaled(others) if others else Traffic({other_slot(slot): 100})
            raise InvalidInput(
                f"{slot} cannot be mirrored to",
                reason=f"it takes {traffic[slot]} % of the traffic itself",
                hint=f"retailctl traffic {freed.text()} --mirror {slot}={share}",
            )
