"""Traffic, mirror and authentication of an endpoint's YAML."""

from __future__ import annotations

from retailctl.domain.names import check_name
from retailctl.domain.traffic import Traffic, check_mirror, corrected
from retailctl.errors import InvalidInput, InvalidName
from retailctl.rendering.documents import Document
from retailctl.rendering.lint.finding import Found, Rule, finding

AUTH_MODES = ("key", "aml_token", "aad_token")


def _auth_mode(document: Document) -> Found:
    mode = document.get("auth_mode")
    if mode is not None and mode not in AUTH_MODES:
        why = f"auth_mode is {mode!r}, not one of {', '.join(AUTH_MODES)} (aad_token is Entra's)"
        yield finding(document, AUTH_MODE.id, ("auth_mode",), why, "key")


def _traffic(document: Document) -> Found:
    wrong = list(_not_shares(document, "traffic", TRAFFIC.id))
    yield from wrong
    traffic = _split(document, "traffic")
    if not wrong and traffic.total not in (0, 100):
        why = f"traffic sums to {traffic.total}, not 100 (or 0)"
        yield finding(document, TRAFFIC.id, ("traffic",), why, f"traffic: {_flow(corrected(traffic, {}))}")


def _mirror(document: Document) -> Found:
    wrong = [*_not_shares(document, "mirror_traffic", MIRROR.id), *_not_shares(document, "traffic", MIRROR.id)]
    if wrong:
        yield from (each for each in wrong if each.field.startswith("mirror_traffic"))
        return
    try:
        check_mirror(_split(document, "mirror_traffic"), _split(document, "traffic"))
    except InvalidInput as error:
        yield finding(document, MIRROR.id, ("mirror_traffic",), f"{error.message}: {error.reason}")


def _not_shares(document: Document, field: str, rule: str) -> Found:
    """What is written under ``field`` and is no slot with a share."""
    written = document.get(field)
    for slot, share in written.items() if isinstance(written, dict) else ():
        try:
            check_name("slot", str(slot))
        except InvalidName as error:
            yield finding(document, rule, (field, slot), f"{error.message}: {error.reason}", str(slot).lower())
        if not isinstance(share, int) or isinstance(share, bool) or not 0 <= share <= 100:
            why = f"{field} of {slot} is {share!r}, not a whole number from 0 to 100"
            yield finding(document, rule, (field, slot), why)


def _split(document: Document, field: str) -> Traffic:
    written = document.get(field)
    return Traffic(written if isinstance(written, dict) else {})


def _flow(traffic: Traffic) -> str:
    return "{" + ", ".join(f"{slot}: {share}" for slot, share in traffic.items()) + "}"


AUTH_MODE = Rule("auth-mode", "auth_mode is key, aml_token or aad_token", _auth_mode)
TRAFFIC = Rule("traffic", "shares are 0 to 100 and sum to 100, or are all 0", _traffic)
MIRROR = Rule("mirror", "one slot without traffic gets at most 50 per cent mirrored", _mirror)
