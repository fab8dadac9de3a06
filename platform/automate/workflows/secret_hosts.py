"""SecretRefs in what says the host of a call: as a whole, or as its beginning, and never as a part of the host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.templates import SecretRef

_ANY_URL = "https://host"
"""Stands for the secret that a URL begins with."""
_HOST_IS_OVER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\]*[/?#]")


def refs_in_hosts(spec: ConnectorSpec, rendered: Json) -> list[SecretRef]:
    """Those that stand inside of what says the host, the first of each. A URL, or a host, may be a secret as a whole; so may
    what begins a URL, where the host ends with it. rendered: or what is known of it before, where a part may be null.
    """
    kinds = {tuple(field.path): field.kind for field in spec.host_fields}
    found = []
    for entry in rendered["refs"]:
        kind = kinds.get(tuple(entry["path"]))
        before, parts = "", entry["parts"]
        for part, after in zip(parts, [*parts[1:], ""], strict=True):
            if part is None:
                break  # what stands before the rest may end the host, or not
            if isinstance(part, dict):
                ends = after is None or (
                    isinstance(after, str) and (not after or (kind == "url" and after[0] in "/?#"))
                )
                if kind and not (_HOST_IS_OVER.match(before) or (not before and ends)):
                    found.append(SecretRef(part["secret"], part["version"], tuple(entry["path"])))
                    break
            before += _ANY_URL if isinstance(part, dict) else part
    return found


def part_refusals(spec: ConnectorSpec, rendered: Json) -> Iterator[NormalizedError]:
    """Why a rendered request may not be sent: a secret would be a part of a host. path: into the input."""
    for ref in refs_in_hosts(spec, rendered):
        yield NormalizedError(
            "SECRET_NOT_ALLOWED",
            f"$secret:{ref.name} is a part of the host in {'.'.join(map(str, ref.path))}, and a host is shown in errors and in the "
            "ledger. Write the host out, or keep the whole URL as the secret.",
            details={"secret_name": ref.name},
            path=list(ref.path),
        )
