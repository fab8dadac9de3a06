"""The version of what connectors are written against, and which of them this platform takes.

``docs/writing_connectors.md`` says what a version promises and how a name leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

API_VERSION = "1.3"
"""What ``actors.sdk`` is now. The second number rises with each addition, the first one when something goes."""

SUPPORTED: Mapping[int, int] = {1: 3}
"""The first numbers that still work, each with the highest second one."""

_FORM = re.compile(r"([1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")


def refusal(api: object) -> str:
    """Why a connector written for this version cannot be used, and how to mend that; empty where it can."""
    found = _FORM.fullmatch(api) if isinstance(api, str) else None
    if found is None:
        return f'it does not say which version of actors.sdk it is written for; give it api = "{API_VERSION}"'
    major, minor = int(found[1]), int(found[2])
    newest = SUPPORTED.get(major)
    if newest is None and major < min(SUPPORTED):
        return f"it is written for {api} of actors.sdk, which {API_VERSION} no longer serves; install a newer version of it"
    if newest is None or minor > newest:
        return f"it is written for {api} of actors.sdk, and this platform has {API_VERSION}; upgrade django-automate"
    return ""
