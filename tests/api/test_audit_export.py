"""The audit record as JSONL: whole, in the order of commits, resumed by cursor, and verified by hash."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from automate.audit import services as audit
from automate.audit.export_queries import BEGINNING, check_position, export_after
from automate.audit.lines import line_of, problem_of
from automate.audit.queries import EntriesFilter
from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tenants.platform_tokens import issue_platform_token
from tests.support.event_streams import open_stream
from tests.support.run_feed import Run

BY_KIND = """
subscription ($after: String, $filter: AuditEntryFilter) {
  exportRecords(records: AUDIT, after: $after, filter: {audit: $filter}) { jsonl cursor } }"""
BY_NAME = """
subscription ($after: String, $filter: AuditEntryFilter) {
  auditExport(after: $after, filter: $filter) { jsonl cursor } }"""
EVERYTHING = EntriesFilter()
ODD: Any = [
    1e22,
    1.0,
    -0.0,
    1e-7,
    0.1,
    2**53 + 1,
    "line\u2028separator",
    "\u00e9",
    True,
    None,
    {"b": 1, "a": [1.5e300]},
]


def record(tenant: Any, *actions: str) -> None:
    with acting_for(tenant.ref), in_transaction():
        for action in actions:
            audit.record(action, "thing", "1", "", {"odd": (None, ODD)})


def exported(tenant: Any, position: Any = BEGINNING) -> tuple[list[str], Any]:
    """The actions behind a position, to the end, and the position there."""
    found, more = [], True
    with acting_for(tenant.ref):
        while more:
            page = export_after(position, EVERYTHING)
            found += [row.action for row in page.rows]
            position, more = page.position, page.more
    return found, position


def test_entry_of_a_slow_transaction_is_not_missed(tenant: Any) -> None:
    """It began first and commits last: a reader that ordered by id or time would stand behind it by then."""
    wrote, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with acting_for(tenant.ref), in_transaction():
            audit.record("thing.slow", "thing", "1", "", {})
            wrote.set()
            may_commit.wait(20)
        connection.close()

    _, position = exported(tenant)
    thread = threading.Thread(target=slow)
    thread.start()
    assert wrote.wait(20)
    record(tenant, "thing.quick")
    between, position = exported(tenant, position)
    may_commit.set()
    thread.join()
    after, _ = exported(tenant, position)
    assert between == []
    assert sorted(after) == ["thing.quick", "thing.slow"]


def test_pages_follow_one_another_to_the_end(tenant: Any) -> None:
    record(tenant, *(f"thing.n{number}" for number in range(250)))
    found, position = exported(tenant)
    assert found[-250:] == [f"thing.n{number}" for number in range(250)]
    assert len(found) == len(set(found))
    record(tenant, "thing.last")
    assert exported(tenant, position)[0] == ["thing.last"]


def test_cursor_of_before_a_restore_is_refused(tenant: Any) -> None:
    _, (xid, entry) = exported(tenant)
    with acting_for(tenant.ref), pytest.raises(NormalizedError) as refused:
        check_position((xid + 10_000_000_000, entry))
    assert refused.value.code == "INVALID_CURSOR"


@pytest.mark.parametrize(("begins", "resumes"), [(BY_NAME, BY_NAME), (BY_NAME, BY_KIND), (BY_KIND, BY_NAME)])
def test_stream_is_resumed_under_the_same_filter_alone(  # noqa: PLR0917 - two fields and the fixtures
    begins: str, resumes: str, tenant: Any, tenant_factory: Callable[[], Any], web: str, run_async: Run
) -> None:
    """The two fields are one export: the cursor of one resumes the other."""
    record(tenant, "thing.one", "thing.two")
    things = {"objectKind": "thing"}

    async def pages(document: str, token: str, **variables: Any) -> Any:
        async with open_stream(web, token, document, **variables) as events:
            return [content for kind, content in await events.rest() if kind == "next"]

    (first,) = run_async(pages(begins, tenant.token, filter=things))
    (page,) = first["data"].values()
    assert [json.loads(line)["action"] for line in page["jsonl"].split("\n")[:-1]] == ["thing.one", "thing.two"]
    record(tenant, "thing.three")
    (second,) = run_async(pages(resumes, tenant.token, filter=things, after=page["cursor"]))
    (page_after,) = second["data"].values()
    assert json.loads(page_after["jsonl"])["action"] == "thing.three"
    for token, variables in (
        (tenant.token, {"after": page["cursor"]}),
        (tenant_factory().token, {"after": page["cursor"], "filter": things}),
        (tenant.token, {"after": "x"}),
    ):
        (refused,) = run_async(pages(resumes, token, **variables))
        assert refused["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


def test_line_that_was_changed_does_not_match_its_hash(tenant: Any) -> None:
    record(tenant, "thing.one")
    with acting_for(tenant.ref):
        rows = export_after(BEGINNING, EVERYTHING).rows
    lines = [line_of(row.at, row.hashed(), row.hash) for row in rows]
    assert [problem_of(line) for line in lines] == [None] * len(lines)
    line = next(line for line in lines if "thing.one" in line)
    entry = json.loads(line)
    changed = [
        {**entry, "action": "thing.two"},
        {**entry, "at": entry["at"].replace("T", "T0", 1)},
        {**entry, "actor_name": "another"},
        {**entry, "changes": {}},
        {name: value for name, value in entry.items() if name != "trace_id"},
        [],
    ]
    assert [problem_of(json.dumps(one)) is None for one in changed] == [False] * len(changed)
    assert problem_of("{") is not None


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, ["audit", *map(str, words)])


def test_record_is_exported_and_verified_from_the_shell(
    command: Callable[..., Any], tenant: Any, tmp_path: Path
) -> None:
    record(tenant, "thing.one", "thing.two")
    kept, file = tmp_path / "cursor", tmp_path / "audit.jsonl"
    first = command("export", "--cursor-file", kept)
    assert first.exit_code == 0, first.output
    file.write_text(first.stdout)
    assert command("export", "--cursor-file", kept).stdout == ""
    record(tenant, "thing.three")
    assert json.loads(command("export", "--cursor-file", kept).stdout)["action"] == "thing.three"
    assert command("verify").exit_code == 0
    assert command("verify", file).exit_code == 0
    file.write_text(first.stdout.replace("thing.two", "thing.2"))
    forged = command("verify", file)
    assert (forged.exit_code, forged.stdout.split()[0]) == (1, "fail")


def test_row_that_its_owner_changed_is_found(command: Callable[..., Any], tenant: Any, superuser: Any) -> None:
    record(tenant, "thing.one")
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(f"UPDATE {tenant.ref.schema}.audit_entry SET actor_name = 'x' WHERE action = 'thing.one'")
    assert command("verify").exit_code == 1


def test_platforms_whole_record_is_verified_and_a_changed_row_is_found(
    tenant: Any, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that no tenant reads, and tenants' parts, over more than one page."""
    monkeypatch.setattr("tenants.record_queries.ROWS_AT_ONCE", 3)
    for name in ("one", "two", "three", "four"):
        issue_platform_token(f"verified {name}")

    def verified() -> Any:
        return CliRunner().invoke(app, ["audit", "verify", "--platform"])

    ((rows,),) = superuser.execute("SELECT count(*) FROM public.platform_audit_entry").fetchall()
    whole = verified()
    assert (whole.exit_code, f"{rows} of {rows}" in whole.stdout) == (0, True), whole.output
    change = "UPDATE public.platform_audit_entry SET object_label = %s WHERE object_label = %s"
    labels = ("forged", "verified two")
    try:
        _as_owner(superuser, change, *labels)
        assert (verified().exit_code, f"{rows - 1} of {rows}" in verified().stdout) == (1, True)
    finally:
        _as_owner(superuser, change, *reversed(labels))


def _as_owner(superuser: Any, statement: str, *parameters: str) -> None:
    """What the triggers keep from everybody else."""
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(statement, parameters)
