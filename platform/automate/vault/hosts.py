"""The hosts to which a secret may be sent, such as ``api.example.com`` or ``*.example.com:8443``.

This module imports no Django.
"""

from __future__ import annotations

import re

from automate.kernel.targets import LAST_PORT, TargetError, read_host

WANTED = "a host such as api.example.com, *.example.com for all below it, or either with :port"
LEAST_LABELS = 2
"""Minimum number of labels below a wildcard: *.com would allow a large part of the internet."""
_REGISTRIES = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "firm",
        "gen",
        "go",
        "gob",
        "gov",
        "gv",
        "id",
        "ltd",
        "me",
        "mil",
        "ne",
        "net",
        "nhs",
        "nic",
        "nom",
        "or",
        "org",
        "plc",
        "sch",
        "school",
        "web",
    ]
)
"""Second-level labels under country domains, such as *.co.uk. Below such a label, anyone can register a
domain. This checks only the form: no complete list of such domains exists, and domains with rented names
(*.github.io) are not refused.
"""
_COUNTRY_CHARACTERS = 2

_PARTS = re.compile(r"(\*\.)?(\[[0-9A-Fa-f:.]+\]|[^:\[\]/?#@*\s\\%$]+)(?::([0-9]{1,5}))?")


def read_pattern(text: str) -> str:
    """Convert the pattern of a host to its canonical form. Raises ValueError."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"it is not {WANTED}; leave out schemes, paths, users and other wildcards")
    wildcard, host, port = match[1] or "", match[2], match[3]
    try:
        name, address = read_host(host)
    except TargetError as error:
        raise ValueError(str(error)) from None
    if wildcard and (address is not None or name.count(".") + 1 < LEAST_LABELS or _is_everybodys(name)):
        raise ValueError("a wildcard needs a domain that belongs to one owner, as in *.example.com")
    if port is not None and not 0 < int(port) <= LAST_PORT:
        raise ValueError("the port must be between 1 and 65535")
    shown = f"[{name}]" if ":" in name else name
    return f"{wildcard}{shown}" + (f":{int(port)}" if port is not None else "")


def _is_everybodys(name: str) -> bool:
    # For example co.uk: anyone can register names below it.
    second, _, country = name.rpartition(".")
    return len(country) == _COUNTRY_CHARACTERS and second in _REGISTRIES


def permits(pattern: str, host: str, port: int | None) -> bool:
    """Return whether a pattern allows a host. ``port`` is None if the port does not matter."""
    match = _PARTS.fullmatch(pattern)
    if match is None or (match[3] and port is not None and int(match[3]) != port):
        return False
    # The domain of a wildcard is not an address, so it never ends in a number as an address does.
    return host.endswith(f".{match[2]}") if match[1] else host == match[2].strip("[]")
