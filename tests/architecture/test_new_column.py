"""A new column takes three edits beside its migration: the model, the row, the type. Done for real for each stored noun, in a copy."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from graphql import is_object_type

from tests.support.tree import ROOT, project_files

MODEL = '    note = models.TextField(null=True, help_text="For people.")\n'
ROW = "    note: str | None\n"
TYPE = "    note: strawberry.auto\n"
A, G = "platform/automate", "graphql_schema"


@dataclass(frozen=True)
class Noun:
    """A stored noun. model, row, shown: file and class. query: fields that lead to its note."""

    name: str
    model: tuple[str, str]
    row: tuple[str, str] | None
    """None for a noun whose rows are objects of its model."""
    shown: tuple[str, str]
    query: str
    type_line: str = TYPE

    @property
    def edits(self) -> list[tuple[str, str, str]]:
        """File, class and line of each edit."""
        row = [] if self.row is None else [(*self.row, ROW)]
        return [(*self.model, MODEL), *row, (*self.shown, self.type_line)]


def page(field: str, of: str = "note") -> str:
    return f"{field}(first: 1) {{ edges {{ node {{ {of} }} }} }}"


NOUNS = [
    Noun("source", (f"{A}/events/models.py", "Source"), (f"{A}/events/queries.py", "SourceRow"), (f"{G}/events/source_types.py", "Source"), page("sources")),
    Noun("event_type", (f"{A}/events/event_types/models.py", "EventType"), None, (f"{G}/events/event_types.py", "EventType"), page("eventTypes")),
    Noun("event", (f"{A}/events/models.py", "Event"), (f"{A}/events/queries.py", "EventRow"), (f"{G}/events/types.py", "Event"), page("events")),
    Noun("workflow", (f"{A}/workflows/models.py", "Workflow"), (f"{A}/workflows/queries.py", "WorkflowRow"), (f"{G}/workflows/types.py", "Workflow"), page("workflows")),
    Noun("workflow_version", (f"{A}/workflows/models.py", "WorkflowVersion"), (f"{A}/workflows/queries.py", "WorkflowVersionRow"), (f"{G}/workflows/types.py", "WorkflowVersion"), page("workflows", "currentVersion { note }")),
    Noun("rule_spec", (f"{A}/rules/models.py", "RuleSpec"), (f"{A}/rules/queries.py", "RuleRow"), (f"{G}/rules/types.py", "RuleSpec"), page("rules")),
    Noun("execution_run", (f"{A}/runs/models.py", "ExecutionRun"), (f"{A}/runs/queries.py", "RunRow"), (f"{G}/runs/types.py", "ExecutionRun"), page("runs")),
    Noun("step_run", (f"{A}/runs/models.py", "StepRun"), (f"{A}/runs/queries.py", "StepRow"), (f"{G}/runs/types.py", "StepRun"), page("runs", "steps(first: 1) { note }")),
    Noun("run_log", (f"{A}/runs/models.py", "RunLogEntry"), (f"{A}/runs/history_queries.py", "LogLine"), (f"{G}/runs/history_types.py", "TimelineEntry"), page("runs", page("timeline"))),
    Noun("approval", (f"{A}/runs/models.py", "Approval"), (f"{A}/runs/approvals/queries.py", "ApprovalRow"), (f"{G}/approvals/types.py", "Approval"), page("approvals")),
    Noun("schedule", (f"{A}/triggers/schedules/models.py", "Schedule"), (f"{A}/triggers/schedules/rows.py", "ScheduleRow"), (f"{G}/schedules/types.py", "Schedule"), page("schedules")),
    Noun("webhook_endpoint", (f"{A}/endpoints/models.py", "WebhookEndpoint"), None, (f"{G}/endpoints/types.py", "WebhookEndpoint"), page("webhookEndpoints")),
    # A secret whose value comes from the environment can have no row.
    Noun("secret", (f"{A}/vault/models.py", "Secret"), (f"{A}/vault/queries.py", "SecretRow"), (f"{G}/secrets/types.py", "Secret"), "secrets { note }", "    note: str | None = None\n"),
    Noun("bulk_operation", (f"{A}/recovery/bulk/models.py", "BulkOperation"), (f"{A}/recovery/bulk/queries.py", "OperationRow"), (f"{G}/bulk/types.py", "BulkOperation"), page("bulkOperations")),
    Noun("public.outbox_job", (f"{A}/outbox/models.py", "OutboxJob"), (f"{A}/outbox/queries.py", "JobRow"), (f"{G}/outbox/types.py", "OutboxJob"), page("outboxJobs")),
    Noun("decision", (f"{A}/rules/models.py", "Decision"), (f"{A}/rules/queries.py", "RuleDecisionRow"), (f"{G}/rules/types.py", "Decision"), "events(first: 5) { edges { node { decisions(first: 1) { note } } } }"),
    Noun("webhook_delivery", (f"{A}/endpoints/models.py", "WebhookDelivery"), (f"{A}/endpoints/queries.py", "DeliveryRow"), (f"{G}/endpoints/types.py", "WebhookDelivery"), page("webhookDeliveries")),
    Noun("secret_resolution", (f"{A}/vault/models.py", "SecretResolution"), (f"{A}/runs/secret_queries.py", "ResolutionRow"), (f"{G}/secrets/types.py", "SecretUse"), 'secretUses(name: "KEY", first: 1) { edges { node { note } } }'),
    Noun("public.budget", (f"{A}/budgets/models.py", "Budget"), (f"{A}/budgets/queries.py", "BudgetRow"), (f"{G}/budgets/types.py", "Budget"), "budgets { note }"),
    Noun("public.api_token", ("tenants/models.py", "ApiToken"), ("tenants/token_rows.py", "TokenDetails"), (f"{G}/tokens/types.py", "ApiToken"), page("tokens")),
    Noun("audit_entry", (f"{A}/audit/models.py", "AuditColumns"), (f"{A}/audit/rows.py", "EntryRow"), (f"{G}/audit/types.py", "AuditEntry"), page("auditEntries")),
    Noun("public.membership", ("tenants/people/models.py", "Membership"), ("tenants/people/queries.py", "MemberRow"), (f"{G}/members/types.py", "Member"), page("members")),
]  # fmt: skip

HOT = {
    "Source": page("events", "source { note }"),
    "Event": page("events"),
    "Decision": "events(first: 5) { edges { node { decisions(first: 1) { note } } } }",
    "RuleSpec": page("runs", "rule { note }"),
    "Workflow": page("runs", "workflow { note }"),
    "WorkflowVersion": page("runs", "workflowVersion { note }"),
    "ExecutionRun": page("runs"),
    "StepRun": page("runs", "steps(first: 1) { note }"),
    "TimelineEntry": page("runs", page("timeline")),
}
"""The types that straight reads show, each with a straight read of its note."""

INNER = '''
"""Written by test_new_column: the notes of all nouns are read through the API."""

import pytest

from django.db import transaction

from automate.audit.export_queries import BEGINNING, export_after
from automate.audit.hashing import hashed_fields
from automate.audit.lines import line_of, problem_of
from automate.audit.queries import EntriesFilter
from automate.audit.services import entry, record_all
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from graphql_schema.planning import ReadPlan
from tests.support.approvals import ask
from tests.support.people import new_member
from tests.support.rows import effect

APPLY = "mutation($i: ApplyConfigurationInput!) { applyConfiguration(input: $i) { errors { code message path } } }"
BULK = 'mutation { startBulkOperation(input: {kind: CANCEL, runs: {states: [PAUSED]}, reason: "x"}) { errors { message } } }'
SECRET = 'mutation { setSecret(input: {name: "KEY", value: "value of it"}) { errors { message } } }'
CONFIGURATION = {
    "eventTypes": [{"name": "order"}],
    "sources": [{"slug": "open", "scheme": "UNSIGNED"}],
    "schedules": [{"slug": "often", "name": "Often", "plan": {"interval": {"everySeconds": 900}}}],
}
ENDPOINT = """mutation { saveWebhookEndpoint(input: {slug: "ops", url: "https://ops.example.com/x",
  secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}) { errors { message } } }"""
BUDGET = "mutation { setBudget(input: {metric: RUNS, window: DAY, limit: 5, action: ALERT}) { errors { message } } }"
RESOLUTION = """INSERT INTO secret_resolution (id, name, backend, run_id, step_key, at)
  VALUES (gen_random_uuid(), 'KEY', 'environment', %s, 'post', now())"""
DELIVERY = """INSERT INTO webhook_delivery (id, endpoint_id, key, at)
  SELECT gen_random_uuid(), p.id, f.key, now() FROM webhook_endpoint p, effect f"""


@pytest.fixture
def filled(plane, tenant, api, superuser):
    ask(plane)
    plane.send({"n": 1})
    assert api.data(APPLY, i={"configuration": CONFIGURATION})["applyConfiguration"]["errors"] == []
    for document in (BULK, SECRET, ENDPOINT, BUDGET):
        (payload,) = api.data(document).values()
        assert payload["errors"] == []
    new_member(tenant.ref, "viewer")
    with acting_for(tenant.ref):
        ((run,),) = fetch("SELECT id FROM execution_run LIMIT 1")
        effect(run)
        execute(RESOLUTION, [run])
        execute(DELIVERY)
    superuser.execute("SET session_replication_role = replica")
    for table in TABLES:
        where = "" if table.startswith("public.") else f"{tenant.ref.schema}."
        superuser.execute(f"UPDATE {where}{table} SET note = 'seen'")
    superuser.execute("SET session_replication_role = origin")
    return api


@pytest.mark.parametrize("query", QUERIES)
def test_note_is_read(filled, query):
    found = str(filled.data("{ " + query + " }"))
    assert "'note': 'seen'" in found, found


@pytest.mark.parametrize("query", HOT)
def test_note_of_a_hot_noun_is_read_straight(filled, query, monkeypatch):
    """Without planning, which is slower."""

    def refuse(*_):
        raise AssertionError("planning was asked")

    monkeypatch.setattr(ReadPlan, "fill", refuse)
    test_note_is_read(filled, query)


def valid(tenant):
    with acting_for(tenant.ref):
        rows = export_after(BEGINNING, EntriesFilter()).rows
    return {row.note: problem_of(line_of(row.at, row.hashed(), row.hash)) is None for row in rows}


def test_hash_of_an_audit_entry_covers_the_note(tenant, superuser):
    """Entries without a note keep the hash that they had before; a note cannot be added, changed or removed."""
    fields = {name: value for name, value in entry("thing.do", "thing", "1", "One", {}).items() if name != "hashed"}
    noted = {**fields, "note": "written"}
    with acting_for(tenant.ref), transaction.atomic():
        record_all([{**noted, "hashed": hashed_fields(noted)}, entry("thing.do", "thing", "2", "Two", {})])
    assert valid(tenant) == {None: True, "written": True}
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(f"UPDATE {tenant.ref.schema}.audit_entry SET note = CASE note WHEN 'written' THEN 'other' ELSE 'added' END")
    assert valid(tenant) == {"added": False, "other": False, None: True}
    superuser.execute(f"UPDATE {tenant.ref.schema}.audit_entry SET note = NULL WHERE note = 'other'")
    superuser.execute("SET session_replication_role = origin")
    assert valid(tenant)[None] is False
'''


def with_line(text: str, name: str, line: str, *, last: bool = False) -> str:
    """A line more in a class: behind the id, or before the first field, or with ``last`` behind all fields."""
    (kind,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name]
    fields = [node for node in kind.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    ids = [node for node in fields if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "id"]
    place = fields[-1].end_lineno if last else ids[0].end_lineno if ids else fields[0].lineno - 1
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:place], line, *lines[place:]])


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project with a note in each noun: three edits each, and the migrations that Django makes of them."""
    folder = tmp_path_factory.mktemp("copy")
    for file in project_files():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for noun in NOUNS:
        assert len(noun.edits) <= 3
        for name, kind, line in noun.edits:
            path = folder / name
            path.write_text(with_line(path.read_text(), kind, line))
    run(folder, "manage.py", "makemigrations", "--name", "note")
    tables, queries = [noun.name for noun in NOUNS], [noun.query for noun in NOUNS]
    names = f"TABLES, QUERIES, HOT = {tables!r}, {queries!r}, {[*HOT.values()]!r}"
    (folder / "tests" / "api" / "test_note.py").write_text(f"{names}\n{INNER}")
    yield folder
    shutil.rmtree(folder)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'platform'}"}
    environment.setdefault("AUTOMATE_SECRET_KEY", "for-the-copy-alone-which-signs-nothing")
    done = subprocess.run(
        [sys.executable, *arguments], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done


@pytest.mark.long
@pytest.mark.slow
def test_three_edits_show_a_column_of_each_noun(copy: Path) -> None:
    done = run(copy, "-m", "pytest", "tests/api/test_note.py", "-q", "-p", "no:cacheprovider")
    assert f"{len(NOUNS) + len(HOT) + 1} passed" in done.stdout


def test_hot_nouns_are_the_types_of_straight_reads() -> None:
    from graphql_schema.schema import tenant_schema
    from graphql_schema.straight.columns import fields_of

    kinds = [kind for kind in tenant_schema._schema.type_map.values() if "strawberry-definition" in kind.extensions]
    assert {kind.name for kind in kinds if is_object_type(kind) and fields_of(kind) is not None} == set(HOT)
    assert set(HOT) <= {noun.shown[1] for noun in NOUNS}


def names_in(packages: tuple[str, ...], function: str, place: int) -> set[str]:
    """The names that calls of a function have as an argument."""
    found = set()
    for file in project_files():
        if file.suffix != ".py" or file.relative_to(ROOT).parts[0] not in packages:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function and len(node.args) > place:
                found.add(getattr(node.args[place], "id", ""))
    return found


def rows_that_are_read() -> set[str]:
    packages = ("platform", "tenants")
    return names_in(packages, "RowReader", 0) | names_in(packages, "columns_of", 0)


def test_columns_of_each_row_are_made_of_its_class() -> None:
    """Then a field of the row is its column, and ``copier`` or ``lazily`` shows it: no statement names it again."""
    shown = (names_in(("graphql_schema",), "copier", 1) | names_in(("graphql_schema",), "lazily", 1)) - {""}
    assert len(shown) > 25
    assert shown - rows_that_are_read() == set()


def test_row_with_a_list_of_its_own_is_found() -> None:
    """The sabotaged twin."""
    assert {"SourceRow", "MailRow"} - (rows_that_are_read() - {"MailRow"}) == {"MailRow"}


def test_reader_reads_a_field_that_is_added() -> None:
    from automate.kernel.queries import RowReader

    @dataclass(frozen=True)
    class Row:
        id: int
        note: str | None
        tags: list[str]
        made: str = "by hand"

    read = RowReader(Row, "t", {"tags": "t.tags::text"}, tags=str.split)
    assert read.columns == "t.id, t.note, t.tags::text"
    assert read([1, "n", "a b"]) == Row(1, "n", ["a", "b"])
    assert read([1, None, None], made="here") == Row(1, None, None, "here")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="nothing"):
        RowReader(Row, "t", nothing=str)
