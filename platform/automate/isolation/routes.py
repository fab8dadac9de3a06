"""Sends requests to every URL route. The URLs contain the names of the attacked tenant's objects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from django.urls import URLResolver

from automate.isolation.findings import Findings
from automate.isolation.probe_connection import ProbeConnection, ProbeRequest, ProbeResponse
from automate.isolation.values import bare, unlike

PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
METHODS = ("GET", "POST")
ADMIN = "admin/"
MOST_OF_ROUTE = 40
"""The maximum number of requests for one route, method and caller."""


@dataclass(frozen=True)
class Route:
    """A route."""

    pattern: str
    """With placeholders such as ``<slug:tenant>``."""
    namespaces: Sequence[str]
    """The namespaces of the route in the URL conf, such as ``admin``."""

    @property
    def is_admin(self) -> bool:
        """Whether a route belongs to Django admin."""
        return self.pattern.startswith(ADMIN)

    @property
    def places(self) -> list[str]:
        return PLACE.findall(self.pattern)


@dataclass(frozen=True)
class Owned:
    """The values for the placeholders of a URL."""

    foreign: Mapping[str, Sequence[str]]
    """Placeholder -> values of the owner."""
    prober: str
    """The prober's slug."""
    owner: str
    """The owner's slug."""


def routes(resolver: URLResolver, prefix: str = "", namespaces: Sequence[str] = ()) -> Iterator[Route]:
    """Yield all routes below a URL resolver of Django."""
    for one in resolver.url_patterns:
        pattern = prefix + _readable(one.pattern)
        if isinstance(one, URLResolver):
            inner = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from routes(one, pattern, inner)
        else:
            yield Route(pattern, tuple(namespaces))


def _readable(pattern: object) -> str:
    # Named groups become placeholders such as `<slug>`.
    text = str(pattern)
    if not hasattr(pattern, "regex") or hasattr(pattern, "_route"):
        return text
    return GROUP.sub(lambda found: f"<{found[1]}>", text).strip("^$").replace("\\Z", "").replace("\\.", ".")


def probe_routes(  # noqa: PLR0917 - who asks whom for what
    connection: ProbeConnection, found: Sequence[Route], owned: Owned, token: str, needles: set[str], findings: Findings
) -> None:
    # With names of the attacked tenant, and with unknown names. The two answers must be equal.
    for route in found:
        missing = [place for place in route.places if place != "tenant" and not owned.foreign.get(place)]
        if missing:
            findings.problems.append(f"the route {route.pattern} has a placeholder without a value: {missing[0]}")
            continue
        kind = "links" if "tenant" in route.places else "routes"
        for method, sender in product(METHODS, (token, "")):
            findings.tried[kind] += 1
            for foreign, unknown in _fillings(route, owned):
                pair = [
                    connection.send(_request(connection, method, route, values, sender))
                    for values in (foreign, unknown)
                ]
                findings.search(pair[0], needles, pair[0].request.url)
                findings.compare(pair[0], pair[1], (list(foreign.values()), list(unknown.values())))


def _fillings(route: Route, owned: Owned) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    # Pairs: names of the attacked tenant's objects, and unknown names of the same form. Both paths name the attacking
    # tenant. In the last pair, both paths name the attacked tenant, with unknown names.
    places = [place for place in route.places if place != "tenant"]
    lists = [owned.foreign[place] for place in places]
    for values in list(product(*lists))[:MOST_OF_ROUTE]:
        foreign = dict(zip(places, values, strict=True))
        unknown = {place: unknown_like(value) for place, value in foreign.items()}
        tenant = {"tenant": owned.prober} if "tenant" in route.places else {}
        yield {**tenant, **foreign}, {**tenant, **unknown}
    if "tenant" in route.places:
        # The owner's own path reveals to other callers only that the tenant exists.
        unknown = {place: unknown_like(owned.foreign[place][0]) for place in places}
        yield {"tenant": owned.owner, **unknown}, {"tenant": owned.owner, **unknown}


def unknown_like(value: str) -> str:
    return str(uuid.uuid4()) if bare(value) or _is_uuid(value) else unlike(value)


def _is_uuid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _request(
    connection: ProbeConnection, method: str, route: Route, values: Mapping[str, str], token: str
) -> ProbeRequest:
    return ProbeRequest(method, filled(connection, route, values), {} if method == "POST" else None, token)


def filled(connection: ProbeConnection, route: Route, values: Mapping[str, str]) -> str:
    """Return the URL of a route. ``values`` replace the placeholders of the route."""
    path = PLACE.sub(lambda found: values[found[1]], route.pattern).lstrip("/")
    return f"{connection.url}/{path}"


def probe_signed(connection: ProbeConnection, owned: Owned, secret: str, findings: Findings) -> None:
    # The source's name and the secret belong to the attacked tenant. The webhook must be refused.
    headers = {"Authorization": f"Bearer {secret}"}
    answers: list[ProbeResponse] = []
    for source in (owned.foreign["source"][0], unlike(owned.foreign["source"][0])):
        url = f"{connection.url}/t/{owned.prober}/hooks/{source}"
        answers.append(connection.send(ProbeRequest("POST", url, {"type": "probe"}, headers=headers)))
    findings.tried["links"] += 1
    findings.compare(answers[0], answers[1], (owned.foreign["source"][0], unlike(owned.foreign["source"][0])))
