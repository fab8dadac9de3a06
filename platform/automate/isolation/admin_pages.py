"""Checks that pages of one tenant in Django admin show no data of another tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import product
from urllib.parse import quote

from automate.isolation.findings import Findings
from automate.isolation.probe_connection import ProbeConnection, ProbeRequest, ProbeResponse
from automate.isolation.routes import METHODS, Owned, Route, filled, unknown_like
from automate.isolation.values import KnownValues, bare

KIND = "admin pages"
OBJECT = "object_id"
MOST_IDS = 2
"""The maximum number of the owner's ids that are tried on one page. Ids of the page's kind come first."""
REASON = "isolation report"
SIGN_OUT = "admin/logout/"
"""The page that is left out, because it would end the session of the probes."""


@dataclass(frozen=True)
class Callers:
    staff: Mapping[str, str]
    """Headers of a session of the platform's staff."""
    others: Sequence[str]
    """Tokens of tenants; an empty text for a caller without a token."""


def probe_admin(  # noqa: PLR0917 - who asks whom for what
    connection: ProbeConnection,
    found: Sequence[Route],
    owned: Owned,
    known: KnownValues,
    needles: set[str],
    callers: Callers,
    findings: Findings,
) -> None:
    # `known`: the values that the attacked tenant sees in its own data.
    by_kind = _ids_by_kind(known)
    pages = [route for route in found if route.pattern != SIGN_OUT]
    for route in pages:
        named = list(_values(route, owned, by_kind))
        for method, token in product(METHODS, callers.others):
            # Such a caller is refused before the page is looked up, so any id will do.
            answer = connection.send(ProbeRequest(method, filled(connection, route, named[0]), _body(method), token))
            findings.tried[f"{KIND}, as no staff"] += 1
            _require_no_page(answer, needles, findings)
        for method, values in product(METHODS, named):
            findings.tried[f"{KIND}, as staff"] += 1
            answer = _asked(connection, method, filled(connection, route, values), callers.staff)
            if "tenant" in route.places:
                findings.search(answer, needles, answer.request.url)
                if OBJECT in values:
                    unknown = {**values, OBJECT: unknown_like(values[OBJECT])}
                    other = _asked(connection, method, filled(connection, route, unknown), callers.staff)
                    findings.compare(answer, other, (values[OBJECT], unknown[OBJECT]))
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                findings.problems.append(f"{method} {answer.request.url} answers {answer.status}")
    lists = [route for route in pages if "tenant" in route.places and not route.places[1:]]
    _probe_searches(connection, lists, owned, by_kind, needles, callers.staff, findings)
    _require_that_staff_see_the_owner(connection, lists, owned, needles, callers.staff, findings)


def _ids_by_kind(known: KnownValues) -> dict[str, list[str]]:
    # The model is in lower case, such as `executionrun`.
    return {name.lower(): [row_id for one in ids if (row_id := bare(one))] for name, ids in known.ids.items()}


def _values(route: Route, owned: Owned, by_kind: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    # The path names the attacking tenant, and the ids belong to the attacked one.
    rest = {place: owned.foreign[place][0] for place in route.places if place not in ("tenant", OBJECT)}
    own = {"tenant": owned.prober} if "tenant" in route.places else {}
    if OBJECT not in route.places:
        yield {**own, **rest}
        return
    kinds = [part for part in route.pattern.split("/") if part in by_kind]
    first = [one for kind in kinds for one in by_kind[kind]]
    others = [ids[0] for kind, ids in sorted(by_kind.items()) if ids and kind not in kinds]
    for row_id in dict.fromkeys([*first[: MOST_IDS - 1], *others[:1], *first[:MOST_IDS]]):
        yield {**own, **rest, OBJECT: row_id}


def _body(method: str) -> dict[str, str] | None:
    return {} if method == "POST" else None


def _asked(
    connection: ProbeConnection,
    method: str,
    url: str,
    session: Mapping[str, str],
    form: Mapping[str, str] | None = None,
) -> ProbeResponse:
    given = ({"reason": REASON} if form is None else form) if method == "POST" else None
    return connection.send(ProbeRequest(method, url, headers=session, form=given))


def _require_no_page(answer: ProbeResponse, needles: set[str], findings: Findings) -> None:
    # Only the sign-in page, a redirect to it, or a refusal.
    findings.search(answer, needles, answer.request.url)
    is_sign_in = answer.request.url.split("?")[0].endswith("/admin/login/")
    if answer.status == HTTPStatus.OK and not is_sign_in:
        findings.leak("a page of the admin is shown to a caller who is not staff", answer)


def _probe_searches(  # noqa: PLR0917 - as probe_admin
    connection: ProbeConnection,
    lists: Sequence[Route],
    owned: Owned,
    by_kind: Mapping[str, Sequence[str]],
    needles: set[str],
    session: Mapping[str, str],
    findings: Findings,
) -> None:
    # In searches, in cursors and in actions.
    for route in lists:
        url = filled(connection, route, {"tenant": owned.prober})
        kinds = [part for part in route.pattern.split("/") if part in by_kind]
        named = [*(one for kind in kinds for one in by_kind[kind][:MOST_IDS]), *owned.foreign["source"][:1]]
        for value in named:
            other = unknown_like(value)
            findings.tried[f"{KIND}: searches and acts"] += 1
            pair = [_asked(connection, "GET", f"{url}?q={quote(one)}", session) for one in (value, other)]
            findings.search(pair[0], needles, value)
            findings.compare(pair[0], pair[1], (value, other))
            for bound in ("after", "before"):
                findings.search(_asked(connection, "GET", f"{url}?{bound}={quote(value)}", session), needles, value)
            acts = [
                _asked(
                    connection, "POST", url, session, {"action": "redrive", "_selected_action": one, "reason": REASON}
                )
                for one in (value, other)
            ]
            findings.search(acts[0], needles, value)
            findings.compare(acts[0], acts[1], (value, other))


def _require_that_staff_see_the_owner(  # noqa: PLR0917 - as probe_admin
    connection: ProbeConnection,
    lists: Sequence[Route],
    owned: Owned,
    needles: set[str],
    session: Mapping[str, str],
    findings: Findings,
) -> None:
    # Checks the probes themselves.
    texts = [
        _asked(connection, "GET", filled(connection, route, {"tenant": owned.owner}), session).text.lower()
        for route in lists
    ]
    if not any(needle.lower() in text for text in texts for needle in needles):
        findings.problems.append(
            "below the owner's path, the staff's session sees no data of the owner, so the probes with this session prove nothing"
        )
