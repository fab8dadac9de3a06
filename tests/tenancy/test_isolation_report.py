"""The isolation report: probes of every field, argument and route, generated from the schema; a leak is found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from automate.cli.own_routes import read_routes
from automate.isolation.described import INTROSPECTION, DescribedSchema, described
from automate.isolation.documents import Documents
from automate.isolation.findings import Findings, likened
from automate.isolation.probe_connection import ProbeRequest, ProbeResponse
from automate.isolation.report import Party, Staff, isolation_report
from automate.isolation.values import CannotGenerateError, KnownValues, leaves, namings
from tests.api.conftest import serving
from tests.support import staff
from tests.support.api import Api
from tests.support.installations import OUTSIDE
from tests.support.plane import Plane, Root

SECONDS = 600.0
TRIED = re.compile(r"^tried +([\d,]+) (.+)$", re.MULTILINE)
LEAKS = """
import threading
from automate.web.asgi import application
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from django.db import connection
from graphql_schema.viewer import queries
from tenants.queries import all_tenants

def workflows_of_all(own):
    found = [own]
    def read():
        with acting_for_platform("leak", DIRECTORY_ROLE):
            tenants = all_tenants()
        for tenant in tenants:
            with acting_for(tenant):
                found.extend(name for (name,) in fetch("SELECT name FROM workflow"))
        connection.close()
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return " ".join(map(str, found))
"""
"""A web process in which one tenant's resolvers can read the names of all tenants' workflows."""


class LeakFoundError(Exception):
    """Ends a report whose twin is found out."""


@pytest.fixture(scope="module")
def schema(tenant_factory: Callable[[], Any]) -> DescribedSchema:
    return described(Api(tenant_factory().token).data(INTROSPECTION)["__schema"])


def test_every_field_of_the_schema_is_in_a_document(schema: DescribedSchema) -> None:
    documents = Documents(schema)
    asked = {place for document in documents.all_fields() for place in document.places}
    roots = {(schema.query, name) for name in schema.kinds[schema.query].fields}
    assert documents.reachable() - asked - roots == set()
    assert len(asked) > 300


@pytest.mark.slow
def test_documents_are_valid_and_within_the_limits(schema: DescribedSchema, tenant: Any) -> None:
    api = Api(tenant.token)
    refused = {
        document.text: answer["errors"][0]["message"]
        for document in Documents(schema).all_fields()
        if "data" not in (answer := api.answer(document.text, **document.variables))
    }
    assert refused == {}


def test_new_field_is_probed_without_an_edit(schema: DescribedSchema) -> None:
    from dataclasses import replace

    run = schema.kinds["ExecutionRun"]
    new = replace(run.fields["state"], name="brandNew")
    grown = replace(schema, kinds={**schema.kinds, run.name: replace(run, fields={**run.fields, new.name: new})})
    texts = [
        document.text for document in Documents(grown).all_fields() if ("ExecutionRun", "brandNew") in document.places
    ]
    assert any(" brandNew" in text for text in texts)


def test_argument_that_cannot_be_generated_fails(schema: DescribedSchema) -> None:
    from dataclasses import replace

    from automate.isolation.described import Argument, TypeRef

    strange = replace(schema.kinds["BigInt"], name="Polygon")
    runs = schema.kinds[schema.query].fields["runs"]
    field = replace(
        runs, arguments=[*runs.arguments, Argument("within", TypeRef("Polygon", "Polygon"), has_default=True)]
    )
    grown = replace(schema, kinds={**schema.kinds, "Polygon": strange})
    with pytest.raises(CannotGenerateError, match="Polygon"):
        list(namings(grown, field, KnownValues(), ["x"]))


def test_every_id_and_name_of_an_input_is_named(schema: DescribedSchema) -> None:
    theirs = KnownValues()
    for name, kind in schema.kinds.items():
        if "id" in kind.fields:
            theirs.ids[name].append(f"id of {name}")
    assert schema.mutation is not None
    for field in schema.kinds[schema.mutation].fields.values():
        found = {naming.leaf.path for naming in namings(schema, field, theirs, ["x"])}
        wanted = {leaf.path for leaf in leaves(schema, field.arguments) if leaf.type.name in {"ID", "String"}}
        assert found >= wanted, field.name


def answer(text: str, status: int = 200) -> ProbeResponse:
    return ProbeResponse(ProbeRequest("POST", "http://127.0.0.1/graphql", {"query": "{ a }"}), status, text)


def test_leaks_are_told_from_what_the_request_said_itself() -> None:
    findings = Findings()
    findings.search(answer('{"a": "no marked here"}'), ["marked"], sent="marked")
    findings.compare(answer('{"a": "no x1"}'), answer('{"a": "no x2"}'), ("x1", "x2"))
    assert findings.clean
    findings.search(answer('{"a": "MARKED"}'), ["marked"], sent="")
    findings.compare(answer('{"a": "no x1"}'), answer('{"a": "x2 is unknown"}'), ("x1", "x2"))
    findings.compare(answer("{}", 403), answer("{}", 404), ("x3", "x4"))
    assert len(findings.leaks) == 3


@contextmanager
def working(root: Root, *tenants: Any) -> Iterator[None]:
    """A worker for these tenants, in a thread."""
    over = threading.Event()

    def work() -> None:
        planes = [Plane(tenant.ref, root) for tenant in tenants]
        while not over.wait(0.05):
            for plane in planes:
                plane.drain()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def report(program: str, root: Root, tenants: tuple[Any, Any]) -> Findings:
    parties = (Party(tenants[0].ref.slug, tenants[0].token), Party(tenants[1].ref.slug, tenants[1].token))
    root_user = Staff(staff.person(superuser=True).email, staff.PASSWORD)
    with serving(program) as host, working(root, *tenants):
        return isolation_report(f"http://{host}", parties, root_user, read_routes(), SECONDS)


def test_parser_may_quote_what_was_sent_and_nothing_else() -> None:
    def answer(sent: str, quoted: str, code: str) -> tuple[int, str]:
        body = {"errors": [{"code": code, "message": f"Syntax Error: Unexpected Name {quoted!r}."}], "sent": sent}
        return likened(ProbeResponse(ProbeRequest("POST", "/graphql"), 200, json.dumps(body)), sent)

    unknown = answer("nema-x", "nema", "GRAPHQL_PARSE_FAILED")
    assert answer("name-x", 'na"me', "GRAPHQL_PARSE_FAILED") == unknown
    assert answer("name-x", "name", "NOT_FOUND") != unknown


def test_cookies_are_compared_without_their_values() -> None:
    def answer(cookie: str) -> tuple[int, str]:
        return likened(
            ProbeResponse(ProbeRequest("GET", "/account"), 405, f"{{}}\nvary: Cookie\nset-cookie: {cookie}; Path=/"), []
        )

    one = answer("automate_csrf=cdEon7IqcjVXhbNli7; expires=Sat, 27 Nov 2027 19:00:37 GMT")
    assert answer("automate_csrf=Ix663Ou1UBfYPRmMcW; expires=Sat, 27 Nov 2027 19:00:38 GMT") == one
    assert answer("automate_session=cdEon7IqcjVXhbNli7; expires=Sat, 27 Nov 2027 19:00:37 GMT") != one


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    "leak",
    [
        "queries.own_name = lambda tenant_id, real=queries.own_name: workflows_of_all(real(tenant_id))",
    ],
)
def test_resolver_that_leaks_is_found(
    tenant_factory: Callable[[], Any], root: Root, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    """The sabotaged twin. The report ends at the first request for a tenant that shows the leak."""

    def noted(findings: Findings, why: str, answer: ProbeResponse, note: Any = Findings.leak) -> None:
        note(findings, why, answer)
        if "tenant" in findings.leaks[-1].how:
            raise LeakFoundError

    monkeypatch.setenv("AUTOMATE_API_POINTS_PER_SECOND", "10000000")
    monkeypatch.setattr(Findings, "leak", noted)
    with pytest.raises(LeakFoundError):
        report(f"{LEAKS}\n{leak}", root, (tenant_factory(), tenant_factory()))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_one_tenant_reaches_nothing_of_another() -> None:
    """The command, on a stack of its own. It fails for a leak, and for a place that it cannot try."""
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", "isolation-report"],
        check=False,
        env={name: value for name, value in os.environ.items() if name not in OUTSIDE},
        capture_output=True,
        text=True,
        timeout=1_100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried = {kind: int(count.replace(",", "")) for count, kind in TRIED.findall(done.stdout)}
    assert tried["query: ids"] > 20
    assert tried["mutation: ids"] > 20
    assert tried["admin pages, as staff"] > 50
