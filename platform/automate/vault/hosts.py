"""Where a secret may go: ``api.example.com``, ``*.example.com``, each also with ``:port``. Pure.

A pattern and a host that is called are brought to one spelling by the same reading (``automate.kernel.targets``), so that
capitals, a trailing dot, internationalised names and the spellings of an address neither pass nor fail by how they look.
"""

from __future__ import annotations

import re

from automate.kernel.targets import LAST_PORT, TargetError, read_host

WANTED = "a host such as api.example.com, *.example.com for all below it, or either with :port"
LEAST_LABELS = 2
"""Below a wildcard: *.com would be half of the world."""
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
"""Under a country's domain these are no domain of anybody's: *.co.uk would be all of British commerce. The shape, and no
list: what anybody may rent a name below (*.github.io) nobody keeps a complete list of, and it is refused nowhere.
"""
_COUNTRY_CHARACTERS = 2

_PARTS = re.compile(r"(\*\.)?(\[[0-9A-Fa-f:.]+\]|[^:\[\]/?#@*\s\\%$]+)(?::([0-9]{1,5}))?")


def read_pattern(text: str) -> str:
    """The one spelling of a pattern. Raises ValueError with half a sentence that says what is wrong with it."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"it is not {WANTED}; no scheme, path, user or other wildcard belongs to it")
    wildcard, host, port = match[1] or "", match[2], match[3]
    try:
        name, address = read_host(host)
    except TargetError as error:
        raise ValueError(str(error)) from None
    if wildcard and (address is not None or name.count(".") + 1 < LEAST_LABELS or _is_everybodys(name)):
        raise ValueError("a wildcard stands before a domain of its own, as in *.example.com")
    if port is not None and not 0 < int(port) <= LAST_PORT:
        raise ValueError("the port must be between 1 and 65535")
    shown = f"[{name}]" if ":" in name else name
    return f"{wildcard}{shown}" + (f":{int(port)}" if port is not None else "")


def _is_everybodys(name: str) -> bool:
    """Whether it is a part of a country's domain below which anybody has names."""
    second, _, country = name.rpartition(".")
    return len(country) == _COUNTRY_CHARACTERS and second in _REGISTRIES


def permits(pattern: str, host: str, port: int | None) -> bool:
    """pattern: as ``read_pattern`` spells it; whatever else it is permits nothing. host: as a Target has it. port: None where
    it is not known, and not asked.
    """
    match = _PARTS.fullmatch(pattern)
    if match is None or (match[3] and port is not None and int(match[3]) != port):
        return False
    # A wildcard's domain is no address, and so never ends in a number as an address does.
    return host.endswith(f".{match[2]}") if match[1] else host == match[2].strip("[]")
