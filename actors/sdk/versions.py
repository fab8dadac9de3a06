"""The version of the connector SDK. ``docs/writing_connectors.md`` states what a version promises."""

from __future__ import annotations

import re
from collections.abc import Mapping

API_VERSION = "1.4"
"""The current version of ``actors.sdk``. The second number rises with each addition, the first one with each
removal."""

SUPPORTED: Mapping[int, int] = {1: 4}
"""The supported first numbers, each with the highest second number."""

_FORM = re.compile(r"([1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")


def refusal(api: object) -> str:
    """Return why a connector for this API version cannot be used. Return "" if the connector can be used."""
    found = _FORM.fullmatch(api) if isinstance(api, str) else None
    if found is None:
        return f'it does not state its version of actors.sdk; set api = "{API_VERSION}"'
    major, minor = int(found[1]), int(found[2])
    newest = SUPPORTED.get(major)
    if newest is None and major < min(SUPPORTED):
        return f"it is written for version {api} of actors.sdk, and version {API_VERSION} here does not support {api}; install a newer connector"
    if newest is None or minor > newest:
        return f"it is written for version {api} of actors.sdk, but this platform has version {API_VERSION}; upgrade django-automate"
    return ""
