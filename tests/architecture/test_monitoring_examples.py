"""The monitoring examples ask for metrics that exist, Prometheus takes them, and the runbook explains each alert."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from automate.kernel import metrics
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples" / "monitoring"
ALERTS: list[dict[str, Any]] = yaml.safe_load((EXAMPLES / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((EXAMPLES / "dashboard.json").read_text())
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
NAME = re.compile(r"\b((?:automate|process)_[a-z_]+)")
RATE_INTERVAL = "5m"
PROMTOOL = shutil.which("promtool")


def panels() -> Iterator[dict[str, Any]]:
    yield from (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def expressions() -> list[str]:
    """Those of alerts and of the dashboard, as Grafana would send them."""
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [
        *(rule["expr"] for rule in ALERTS),
        *(expr.replace("$__rate_interval", RATE_INTERVAL) for expr in shown),
    ]


def series() -> set[str]:
    """The names of all series that a scrape may hold."""
    declared = {name + suffix for name in metrics.LABELS for suffix in ("", "_bucket", "_count", "_sum")} | {
        read.name for read in vars(metrics).values() if isinstance(read, metrics.DatabaseGauge)
    }
    return declared | {sample.name for family in metrics.REGISTRY.collect() for sample in family.samples}


def test_each_expression_asks_for_a_series_that_exists() -> None:
    named = {name for expr in expressions() for name in NAME.findall(expr)}
    assert named - series() == set()


def test_each_metric_is_on_the_dashboard_or_comes_on_request() -> None:
    shown = " ".join(expressions())
    on_request = {"automate_tenant_jobs", "automate_tenant_oldest_due_seconds", "automate_tenant_run_slots"}
    names = {
        *metrics.LABELS,
        *(read.name for read in vars(metrics).values() if isinstance(read, metrics.DatabaseGauge)),
    }
    assert {name for name in names if name not in shown} == on_request


def test_runbook_has_a_section_for_each_alert() -> None:
    sections = re.findall(
        r"^## (\w+)\n\n\*\*Meaning\.\*\*.*?\n\n\*\*Look\.\*\*.*?\n\n\*\*Do\.\*\*", RUNBOOK, re.MULTILINE | re.DOTALL
    )
    assert sections == [rule["alert"] for rule in ALERTS]
    assert len(sections) >= 10
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_panels_do_not_overlap() -> None:
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here; Debian's package prometheus has it")
def test_prometheus_takes_the_rules_and_each_expression(tmp_path: Path) -> None:
    rules = [{"record": f"shown:{number}", "expr": expr} for number, expr in enumerate(expressions())]
    every = tmp_path / "rules.yml"
    every.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    for command in (
        ["check", "rules", str(EXAMPLES / "alerts.yml"), str(every)],
        ["check", "config", str(EXAMPLES / "prometheus.yml")],
    ):
        done = subprocess.run([str(PROMTOOL), *command], check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


STALLED = {"severity": "page", "job": "automate"}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here; Debian's package prometheus has it")
@pytest.mark.parametrize(
    ("process", "last_round", "raised"),
    [
        ("relay", "0+60x20", False),  # a round each minute
        ("relay", "0 60 60x20", True),  # none since the second minute
        ("relay", "0x20", True),  # none at all
        ("web", "0x20", False),  # it has no rounds
    ],
)
def test_process_without_rounds_is_stalled(tmp_path: Path, process: str, last_round: str, *, raised: bool) -> None:
    place = f'{{job="automate", process="{process}", instance="a"}}'
    labels = {**STALLED, "process": process, "instance": "a"}
    summary = f"{process} at a has finished no round for a minute"
    found = {
        "exp_labels": labels,
        "exp_annotations": {"summary": summary, "runbook": "docs/runbook.md#automateprocessstalled"},
    }
    case = {
        "rule_files": [str(EXAMPLES / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f"automate_last_round_timestamp_seconds{place}", "values": last_round},
                    {"series": f"process_start_time_seconds{place}", "values": "0x20"},
                ],
                "alert_rule_test": [
                    {
                        "eval_time": "8m",
                        "alertname": "AutomateProcessStalled",
                        "exp_alerts": [found] if raised else [],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(case))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here; Debian's package prometheus has it")
def test_late_queue_raises_its_alert(tmp_path: Path) -> None:
    case = {
        "rule_files": [str(EXAMPLES / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {
                        "series": 'automate_queue_oldest_due_seconds{job="automate", topic="event.match", instance="a"}',
                        "values": "10+60x20",
                    }
                ],
                "alert_rule_test": [
                    {"eval_time": "3m", "alertname": "AutomateQueueLate", "exp_alerts": []},
                    {
                        "eval_time": "10m",
                        "alertname": "AutomateQueueLate",
                        "exp_alerts": [
                            {
                                "exp_labels": {"severity": "page", "topic": "event.match"},
                                "exp_annotations": {
                                    "summary": "The oldest due job of event.match has waited 10m 10s",
                                    "runbook": "docs/runbook.md#automatequeuelate",
                                },
                            }
                        ],
                    },
                ],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(case))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
