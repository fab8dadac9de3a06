"""One tenant tries to reach the objects of another tenant."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from automate.isolation.described import INTROSPECTION, DescribedField, DescribedSchema, described
from automate.isolation.documents import ArgumentPlace, Documents, ProbeDocument
from automate.isolation.findings import Findings, likened, outcome
from automate.isolation.probe_connection import ProbeConnection, ProbeResponse
from automate.isolation.values import CannotGenerateError, KnownValues, Naming, leaves, namings, plain, with_value
from automate.kernel.json_values import JsonValue
from automate.kernel.repeating import repeated

T = TypeVar("T")
LISTEN_SECONDS = 2.0
LISTENERS = 8
ROUNDS = 2
"""The number of rounds. The second round tries ids that the first round has found."""
TOO_COMPLEX = "GRAPHQL_TOO_COMPLEX"
INVALID = frozenset({"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", TOO_COMPLEX, "BAD_REQUEST"})
"""Errors that refuse the document itself, so that nothing was tried."""
CHANGING = frozenset({"lastUsedAt", "lastUsedFrom", "secondsLeft", "remaining", "checkedAt", "totalCount", "traceId"})
"""Fields that change without any act."""
MARKS_OF_PROBER = ("isolation-probe", '"name":"prober"')
"""A text that the prober writes, and the name of the prober's tokens."""
NEW_PROBER = 'mutation { createToken(input: {name: "prober", role: OWNER}) { value } }'


@dataclass
class Owner:
    """The tenant whose objects the prober tries to reach."""

    token: str
    """Reads the owner's view of its own data."""
    marks: Sequence[str]
    """Texts in all of the owner's objects."""
    names: Sequence[str]
    """Texts that name the owner's objects."""
    known: KnownValues = field(default_factory=KnownValues)

    def needles(self) -> set[str]:
        return {*self.marks, *self.known.needles()}


MOVING = frozenset({"auditEntries", "previewRetention"})
"""Root fields with changing values: the audit record has the owner's own requests, and a preview estimates sizes of
tables."""


class Prober:
    """The attacking tenant. ``token`` has the role ``owner``. ``until`` is the deadline on the monotonic clock."""

    def __init__(self, connection: ProbeConnection, token: str, owner: Owner, findings: Findings, until: float) -> None:
        self.connection, self.token, self.owner, self.findings, self.until = connection, token, owner, findings, until
        self.own = KnownValues()
        self.schema = self._introspected(token)
        self.documents = Documents(self.schema)
        self._reads = self._reading_documents()

    def run(self, busy: Callable[[], object], settle: Callable[[], object], ask_routes: Callable[[], object]) -> None:
        """Send all requests, as the owner and as the prober."""
        self._read_as_owner()
        self._read_as_prober()
        self.owner.known.forget(self.own)
        self._name_in_queries()
        with repeated(busy, 0.3):
            self._subscribe()
        settle()
        ask_routes()
        before = self._read_as_owner()
        self.owner.known.forget(self.own)
        self._name_in_mutations()
        self._require_unchanged(before)

    def _introspected(self, token: str) -> DescribedSchema:
        answer = self.connection.graphql(token, INTROSPECTION)
        if answer.code():
            answer = self.connection.graphql(token, INTROSPECTION.replace(" isOneOf", ""))
        return described(answer.json()["data"]["__schema"])

    def _reading_documents(self) -> list[ProbeDocument]:
        found = list(self.documents.all_fields())
        query = self.schema.kinds[self.schema.query]
        for root in query.fields.values():
            try:
                found.append(self.documents.of_root(query.name, "query", root, plain(self.schema, root.arguments)))
            except CannotGenerateError as error:
                self.findings.problems.append(str(error))
        return found

    def _read_as_owner(self) -> dict[str, str]:
        # Also collects its ids and names.
        seen = {}
        for _ in range(ROUNDS):
            for document in self._reads:
                answer = self.connection.graphql(self.owner.token, document.text, document.variables)
                data = (answer.json() or {}).get("data")
                self.owner.known.add_all(data, document.root)
                seen[document.text] = _steady(data)
            self._reads += self._nodes()
        return seen

    def _nodes(self) -> list[ProbeDocument]:
        known = {document.text for document in self._reads}
        made = []
        for name, ids in self.owner.known.ids.items():
            if "id" in self.schema.kinds[name].fields:
                text = f'{{ node(id: "{ids[0]}") {{ __typename id }} }}'
                if text not in known:
                    made.append(ProbeDocument("node", text))
        return made

    def _read_as_prober(self) -> None:
        # No answer may contain data of the other tenant.
        asked: set[ArgumentPlace] = set()
        for document in self._in_time(self._reads):
            answer = self.connection.graphql(self.token, document.text, document.variables)
            if answer.code() in INVALID:
                self.findings.problems.append(f"{document.text[:200]}: {answer.code()}")
                continue
            asked |= document.places
            self.own.add_all((answer.json() or {}).get("data"), document.root)
            self.findings.search(answer, self.owner.needles(), document.text)
        self.findings.tried["fields"] = len(asked)
        for type_name, name in sorted(self.documents.reachable() - asked):
            self.findings.problems.append(f"the field {type_name}.{name} was not queried")

    def _name_in_queries(self) -> None:
        query = self.schema.kinds[self.schema.query]
        for root in query.fields.values():
            self._name_in("query", query.name, root, self.token)

    def _name_in_mutations(self) -> None:
        # Each with a new token, because a mutation may revoke its own token.
        if self.schema.mutation is None:
            return
        mutation = self.schema.kinds[self.schema.mutation]
        for root in mutation.fields.values():
            made = self.connection.graphql(self.token, NEW_PROBER).json()
            token = (made.get("data") or {}).get("createToken", {}).get("value") or self.token
            self._name_in("mutation", mutation.name, root, token)

    def _name_in(self, operation: str, kind: str, root: DescribedField, token: str) -> None:
        try:
            found = list(namings(self.schema, root, self.owner.known, self.owner.names))
        except CannotGenerateError as error:
            self.findings.problems.append(str(error))
            return
        self.findings.tried["arguments"] += len(list(leaves(self.schema, root.arguments)))
        for naming in self._in_time(found):
            pair = [
                self._asked(operation, kind, root, naming, value, token) for value in (naming.foreign, naming.unknown)
            ]
            if any(answer.code() in INVALID for answer in pair):
                why = pair[0].code() or pair[1].code()
                self.findings.problems.append(f"{root.name}({'.'.join(naming.leaf.path)}): {why}")
                continue
            self.findings.tried[f"{operation}: {naming.kind}"] += 1
            self.findings.search(pair[0], self.owner.needles(), json.dumps(pair[0].request.body))
            like = outcome if operation == "mutation" else likened
            if like(pair[0], naming.foreign) == like(pair[1], naming.unknown):
                continue
            # The first request may have changed the result of the second one.
            again = self._asked(operation, kind, root, naming, naming.unknown, token)
            if like(pair[0], naming.foreign) != like(again, naming.unknown):
                self.findings.differ(pair[0], naming.foreign, again)

    def _asked(  # noqa: PLR0917 - one operation's parts
        self, operation: str, kind: str, root: DescribedField, naming: Naming, value: JsonValue, token: str
    ) -> ProbeResponse:
        values = with_value(self.schema, root.arguments, naming.leaf, value)
        document = self.documents.of_root(kind, operation, root, values)
        return self.connection.graphql(token, document.text, document.variables)

    def _subscribe(self) -> None:
        # With values of the attacking tenant, and with each value of the other tenant.
        if self.schema.subscription is None:
            return
        kind = self.schema.kinds[self.schema.subscription]
        wanted: list[tuple[DescribedField, Mapping[str, JsonValue]]] = []
        for root in kind.fields.values():
            wanted.append((root, plain(self.schema, root.arguments)))
            found = namings(self.schema, root, self.owner.known, self.owner.names)
            wanted += [(root, with_value(self.schema, root.arguments, one.leaf, one.foreign)) for one in found]
        with ThreadPoolExecutor(LISTENERS) as pool:
            for answer in pool.map(lambda one: self._listened(kind.name, *one), list(self._in_time(wanted))):
                self.findings.tried["subscriptions"] += 1
                if answer.code() in INVALID:
                    self.findings.problems.append(f"{answer.request.body}: {answer.code()}")
                self.findings.search(answer, self.owner.needles(), json.dumps(answer.request.body))

    def _listened(self, kind: str, root: DescribedField, values: Mapping[str, JsonValue]) -> ProbeResponse:
        document = self.documents.of_root(kind, "subscription", root, values)
        return self.connection.listened(self.token, document.text, document.variables, LISTEN_SECONDS)

    def _require_unchanged(self, before: Mapping[str, str]) -> None:
        # `before`: the earlier data by document.
        for document in self._reads:
            answer = self.connection.graphql(self.owner.token, document.text, document.variables)
            self.findings.tried["comparisons of what the owner sees"] += 1
            self.findings.search(answer, MARKS_OF_PROBER, json.dumps(answer.request.body))
            now = _steady((answer.json() or {}).get("data"))
            if document.root not in MOVING and now != before.get(document.text, now):
                self.findings.leak("the owner sees something else after the mutations of the prober", answer)

    def _in_time(self, wanted: Sequence[T]) -> Iterator[T]:
        for place, one in enumerate(wanted):
            if time.monotonic() > self.until:
                self.findings.problems.append(f"the time was over with {len(wanted) - place} probes left")
                return
            yield one


def _steady(data: JsonValue) -> str:
    return json.dumps(_without(data), sort_keys=True)


def _without(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _without(inner) for name, inner in value.items() if name not in CHANGING}
    return [_without(one) for one in value] if isinstance(value, list) else value
