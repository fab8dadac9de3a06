"""Finds secrets in the host of a call. A secret can be the whole host, but not a part of the host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_object, as_objects, as_text
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.refs import path_of, secret_ref
from automate.workflows.templates import SecretRef

_ANY_URL = "https://host"
"""Placeholder for a secret at the beginning of a URL."""
_HOST_IS_OVER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\]*[/?#]")


def refs_in_hosts(spec: ConnectorSpec, rendered: JsonValue) -> list[SecretRef]:
    # A secret may also be the beginning of a URL if it contains the whole host.
    kinds: dict[tuple[str | int, ...], str] = {tuple(field.path): field.kind for field in spec.host_fields}
    found = []
    for entry in as_objects(as_object(rendered)["refs"]):
        path = path_of(entry)
        kind = kinds.get(path)
        before, parts = "", as_list(entry["parts"])
        for part, after in zip(parts, [*parts[1:], ""], strict=True):
            if part is None:
                break  # the unknown text may end the host, or not
            if isinstance(part, dict):
                ends = after is None or (
                    isinstance(after, str) and (not after or (kind == "url" and after[0] in "/?#"))
                )
                if kind and not (_HOST_IS_OVER.match(before) or (not before and ends)):
                    found.append(secret_ref(part, path))
                    break
            before += _ANY_URL if isinstance(part, dict) else as_text(part)
    return found


def part_refusals(spec: ConnectorSpec, rendered: JsonValue) -> Iterator[NormalizedError]:
    """Yield an error for each secret that is only a part of a host name, as in ``$secret:NAME.example.com``."""
    for ref in refs_in_hosts(spec, rendered):
        yield NormalizedError(
            "SECRET_NOT_ALLOWED",
            f"$secret:{ref.name} is only a part of the host in {'.'.join(map(str, ref.path))}. This is refused, because hosts "
            "appear in errors and in the ledger of calls. Write the host literally, or store the whole URL in the secret.",
            details={"secret_name": ref.name},
            path=list(ref.path),
        )
