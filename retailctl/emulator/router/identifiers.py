"""The two request ids of the platform: its own GUID, and the caller's, cleaned."""

from random import getrandbits

_ALLOWED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_REFUSED = bytes(code for code in range(256) if code not in _ALLOWED)
_LONGEST = 40
_LOW_62_BITS = (1 << 62) - 1
_MADE_AT_ONCE = 16  # a request seldom waits for its own to be made
_ready: list[str] = []


def request_id() -> str:
    """A random GUID (RFC 4122, version 4); what the service puts in x-request-id whatever the caller sent."""
    if not _ready:
        _ready.extend([_guid() for _ in range(_MADE_AT_ONCE)])
    return _ready.pop()


def _guid() -> str:
    bits = getrandbits(122)  # an identifier, no secret; several times as fast as uuid.uuid4, for every request
    digits = f"{(bits >> 62 << 64) | 1 << 63 | bits & _LOW_62_BITS:031x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{digits[15:19]}-{digits[19:]}"


def client_request_id(value: bytes | None) -> str:
    """What is kept of x-ms-client-request-id: letters, digits, '_' and '-', at most 40 of them; '' for nothing."""
    return value.translate(None, _REFUSED)[:_LONGEST].decode("ascii") if value else ""
