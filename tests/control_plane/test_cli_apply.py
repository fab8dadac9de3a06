"""``automate apply``, ``plan`` and ``export`` against a real web process."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from automate.cli.applying import changes
from automate.client import operations
from automate.client.api import NOT_KNOWN, Api
from automate.kernel.errors import NormalizedError
from tests.support.applied import FILE, rows, write
from tests.support.command import Command
from tests.support.facts import naming


def test_apply_makes_what_the_file_says_once(automate: Command, tmp_path: Path, web: str) -> None:
    file = write(tmp_path, FILE)
    first = automate("apply", file)
    assert (first.status, first.err) == (0, "")
    assert [outcome.split(", at http")[0] for _, _, outcome in rows(first.out)] == [
        "created", "created", naming("created", "published", "version 1"), "created",
    ]  # fmt: skip
    second = automate("apply", file)
    assert rows(second.out) == [
        ["source", "shop", "unchanged"],
        ["source", "hub", "unchanged"],
        ["workflow", "note", "unchanged"],
        ["rule", "orders", "unchanged"],
    ]
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        seen = api.query(
            "{ rules(first: 5) { edges { node { revision } } } workflows(first: 5) { edges { node { revision } } } }",
            {},
        )
    assert [edge["node"]["revision"] for one in seen.values() for edge in one["edges"]] == [1, 1]


def test_apply_warns_of_a_rule_that_means_something_else(automate: Command, tmp_path: Path) -> None:
    file = write(tmp_path, FILE.replace('{"==": [{"var": "type"}, order.created]}', '{"==": [type, order.created]}'))
    done = automate("apply", file)
    assert (done.status, rows(done.out)[-1]) == (0, ["rule", "orders", "created"])
    assert done.err == naming(f"{file}:20: rules[0].when: warning", '"type"')
    again = automate("apply", file)
    assert (rows(again.out)[-1], again.err) == (["rule", "orders", "unchanged"], done.err)


def test_apply_says_what_changed(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    changed = (
        FILE.replace("message: hello", "message: bye").replace("Orders", "All orders").replace("secret of", "key of")
    )
    assert rows(automate("apply", write(tmp_path, changed)).out) == [
        ["source", "shop", "unchanged"],
        ["source", "hub", "changed"],
        ["workflow", "note", naming("changed", "published", "version 2")],
        ["rule", "orders", "changed"],
    ]


def test_apply_reports_all_problems_and_changes_nothing(automate: Command, tmp_path: Path, web: str) -> None:
    wrong = FILE.replace("uses: log.write", "uses: log.wirte").replace(
        "order.created]}", "order.created]}\n    prioritty: 1"
    )
    file = write(tmp_path, wrong)
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    first, second, last = done.err.splitlines()
    assert first.startswith(f"{file}:14: workflows[0].definition.steps[0].uses: ")
    assert "log.write" in first
    assert second == (
        naming(f"{file}:21: rules[0].prioritty", "slug", "name", "workflow", "when", "enabled", "priority", "options")
    )
    assert last == naming("apply")
    again = automate("apply", file)
    assert again.err == done.err
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        seen = api.query(
            '{ rules(first: 5) { edges { node { slug } } } workflow(slug: "note") { currentVersion { id } } }', {}
        )
    assert seen == {"rules": {"edges": []}, "workflow": None}


def test_wrong_scheme_is_told_with_its_line_and_nothing_is_saved(automate: Command, tmp_path: Path, web: str) -> None:
    file = write(tmp_path, FILE.replace("scheme: GITHUB", "scheme: github"))
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        naming(
            f"{file}:5: sources[1].scheme",
            "STANDARD_WEBHOOKS",
            "GITHUB",
            "STRIPE",
            "SLACK",
            "SHOPIFY",
            "HMAC",
            "BASIC",
            "BEARER",
            "UNSIGNED",
        )
    )
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        assert "shop" not in [row["slug"] for row in api.rows(operations.SOURCES)]


def test_apply_says_nothing_of_what_it_does_not_know_where_the_api_went_away(
    automate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_away(_api: Api, _document: str, _values: Mapping[str, Any], **_more: Any) -> dict[str, Any]:
        raise NormalizedError("UNAVAILABLE", "It hung up.")

    monkeypatch.setattr(Api, "attempt", go_away)
    done = automate("apply", write(tmp_path, FILE))
    assert (done.status, done.out, done.err) == (1, "", "It hung up.\n")


def test_apply_without_an_answer_says_that_it_may_be_done_and_how_to_look(
    automate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, FILE)

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            over.wait(10)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    over = threading.Event()
    monkeypatch.setattr(changes, "CONFIGURING_SECONDS", 0.2)
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("AUTOMATE_URL", url)
        applied, planned = automate("apply", file), automate("plan", file)
        over.set()
        server.shutdown()
        serving.join()
    assert (applied.status, planned.status) == (1, 1)
    (said,) = planned.err.splitlines()
    assert said == naming(f"{url}/graphql", "0 s")
    assert NOT_KNOWN not in said, "a plan changes nothing, whatever became of it"
    assert applied.err == f"{said}{NOT_KNOWN}\n"
    assert "`automate plan`" in applied.err


def test_plan_shows_the_drift_and_changes_nothing(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    before = automate("export").out
    file = write(
        tmp_path,
        FILE.replace("message: hello", "message: bye, level: debug").replace("name: Orders", "name: All orders"),
    )
    done = automate("plan", file)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[2:] == [
        naming("workflow note", "changed", "version 2"),
        '  ~ definition.steps.note.with.message: "hello" -> "bye"',
        '  + definition.steps.note.with.level: "debug"',
        "rule     orders changed",
        '  ~ name: "Orders" -> "All orders"',
        naming(f"automate apply {file}"),
    ]
    assert automate("plan", file, "--check").status == 1
    assert automate("export").out == before
    assert automate("apply", file).status == 0
    same = automate("plan", file, "--check")
    assert (same.status, [line for line in same.out.splitlines() if line.startswith("  ")]) == (0, [])


def test_what_is_exported_can_be_applied_where_its_secrets_are(
    automate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    automate("apply", write(tmp_path, FILE))
    exported = tmp_path / "all.yaml"
    assert automate("export", "--to", str(exported)).out.startswith(f"Wrote {exported}. ")
    assert "$env:HUB_SECRET" in exported.read_text()
    again = automate("apply", str(exported))
    assert {row[2] for row in rows(again.out)} == {"unchanged"}
    monkeypatch.setenv("HUB_SECRET", "another secret of the hub")
    assert [row for row in rows(automate("apply", str(exported)).out) if row[2] != "unchanged"] == [
        ["source", "hub", "changed"]
    ]
    taken = automate("export", "--to", str(exported))
    assert (taken.status, taken.err) == (1, naming(exported))


def test_prune_lists_first_and_asks(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    file = write(
        tmp_path,
        "workflows:\n  - {slug: note, name: Note, definition: {schema: 1, steps: [{key: a, uses: log.write, with: {message: x}}]}}\n",
    )
    refused = automate("apply", file, "--prune")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.splitlines() == [
        naming("file"),
        "  rule orders",
        "  source hub",
        "  source shop",
        naming(f"automate apply {file} --prune --yes"),
    ]
    done = automate("apply", file, "--prune", "--yes")
    assert rows(done.out)[1:] == [
        ["rule", "orders", "switched off"],
        ["source", "hub", "switched off"],
        ["source", "shop", "switched off"],
    ]
    assert rows(automate("apply", file, "--prune", "--yes").out) == [["workflow", "note", "unchanged"]]


SCHEDULES = """\
schedules:
  - slug: nightly
    name: Every night
    plan:
      cron: {expression: "30 2 * * *", timezone: Europe/Berlin}
    data: {team: ops}
  - slug: often
    name: Often
    plan: {interval: {everySeconds: 900}}
    overlap: SKIP
"""


def test_apply_knows_schedules(automate: Command, tmp_path: Path) -> None:
    first = automate("apply", write(tmp_path, FILE + SCHEDULES))
    assert first.err == ""
    assert rows(first.out)[-2:] == [
        ["schedule", "nightly", naming("created", "02:30", "Europe/Berlin")],
        ["schedule", "often", naming("created", "15 minutes")],
    ]
    changed = automate("apply", write(tmp_path, (FILE + SCHEDULES).replace("900", "600")))
    assert rows(changed.out)[-2:] == [
        ["schedule", "nightly", "unchanged"],
        ["schedule", "often", naming("changed", "10 minutes")],
    ]


def test_apply_finds_a_wrong_plan_before_it_saves_anything(automate: Command, tmp_path: Path) -> None:
    wrong = SCHEDULES.replace("30 2 * * *", "61 2 * * *").replace("{interval: {everySeconds: 900}}", "{}")
    file = write(tmp_path, FILE + wrong)
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    first, second, last = done.err.splitlines()
    assert first == naming(f"{file}:25: schedules[0].plan.cron.expression", "61")
    assert second.startswith(f"{file}:29: schedules[1].plan: ")
    assert last == naming("apply")


def test_apply_knows_workflows_of_the_tenant_and_no_others(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    rule = "rules:\n  - slug: more\n    name: More\n    workflow: {}\n    when: true\n"
    assert rows(automate("apply", write(tmp_path, rule.format("note"))).out) == [["rule", "more", "created"]]
    done = automate("apply", write(tmp_path, rule.format("nobody")))
    assert done.status == 1
    assert naming(":4: rules[0].workflow") in done.err.splitlines()


def test_built_in_source_is_refused_with_its_line(automate: Command, tmp_path: Path) -> None:
    done = automate("apply", write(tmp_path, "sources:\n  - slug: api\n    scheme: UNSIGNED\n"))
    assert done.status == 1
    assert naming(":2: sources[0].slug", "api") in done.err.splitlines()


def test_apply_refuses_what_cannot_be_stored_before_it_sends_anything(automate: Command, tmp_path: Path) -> None:
    file = write(tmp_path, FILE.replace("message: hello", 'message: "a\\0b"'))
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    assert done.err == naming(f"{file}:15: workflows[0].definition.steps[0].with.message", "NUL")


OPTIONS = """
    options:
      throttle: {limit: 2, periodSeconds: 60, key: "{{ event.payload.customer }}"}
      debounce: {periodSeconds: 30}
"""


def test_apply_takes_the_options_of_rules(automate: Command, tmp_path: Path) -> None:
    with_options = FILE.rstrip() + OPTIONS
    assert automate("apply", write(tmp_path, with_options)).status == 0
    assert "unchanged" in automate("apply", write(tmp_path, with_options)).out.splitlines()[-1]
    assert "changed" in automate("apply", write(tmp_path, with_options.replace("30", "31"))).out.splitlines()[-1]
    wrong = automate("apply", write(tmp_path, with_options.replace("30", "0")))
    assert wrong.status == 1
    assert naming("rules[0].options.debounce.periodSeconds", "1", "31622400") in wrong.err.splitlines()
    assert "changed" in automate("apply", write(tmp_path, FILE)).out.splitlines()[-1]
    assert "unchanged" in automate("apply", write(tmp_path, FILE)).out.splitlines()[-1]
