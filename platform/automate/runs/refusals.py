"""Finds reasons to refuse a request before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_object
from automate.vault.rules import KnownSecrets, refusals
from automate.workflows.connectors import ConnectorSpec, host_refusals, named_hosts
from automate.workflows.refs import rendered_refs
from automate.workflows.secret_hosts import part_refusals


def request_refusals(
    spec: ConnectorSpec, slug: str, rendered: JsonValue, known: KnownSecrets | None
) -> Iterator[NormalizedError]:
    """Yield the reasons to refuse a request, each with its path in the input."""
    refs = rendered_refs(rendered)
    checked = [] if known is None else refs
    for ref in checked:
        if known is not None and ref.name not in known.names:
            message = f"There is no secret {ref.name}. Set it, or correct the name."
            yield _at(ref.path, NormalizedError("SECRET_UNAVAILABLE", message))
    given = as_object(as_object(rendered)["input"])
    parts = {tuple(refusal.path): refusal for refusal in part_refusals(spec, rendered)}
    for path, refusal in parts.items():
        yield _at(path, refusal)
    for path, refusal in host_refusals(spec, given, {ref.path for ref in refs}):
        if path not in parts:
            yield _at(path, refusal)
    for ref in checked:
        held = [known.rules[ref.name]] if known is not None and ref.name in known.rules else []
        hosts = named_hosts(spec, given)
        for refusal in refusals(held, spec.name, slug or None, hosts, called=False):
            yield _at(ref.path, refusal)


def _at(path: Sequence[str | int], refusal: NormalizedError) -> NormalizedError:
    refusal.path = ["with", *map(str, path)]
    return refusal
