"""Make ``docs/metrics.md`` from the declared metrics: ``make reference`` writes it."""

from __future__ import annotations

import inspect
import os

os.environ.setdefault("AUTOMATE_SECRET_KEY", "for-this-page-alone-which-signs-nothing")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")

from automate.kernel import metrics

HEAD = """# Metrics

`make reference` makes this page from `platform/automate/kernel/metrics.py`. A test keeps the page current.

Each process serves its metrics in Prometheus's text format at `/metrics`, on a separate port. `AUTOMATE_METRICS_BIND`
sets the port. By default, `AUTOMATE_METRICS_BIND` is `127.0.0.1:0`: the process listens only on the loopback address, and chooses a free port. The process writes the port to its log. `make up` chooses the ports and lists the URLs under `metrics` in `up.json`. In `compose.yaml`, each container
listens at port 9464 of the internal network. Port 9464 is not published. The port of metrics has no sign-in, so never publish it.

[`examples/monitoring`](../examples/monitoring/prometheus.yml) holds a scrape configuration, a Grafana dashboard and alert rules. The
[runbook](runbook.md) explains each alert and what to do.

By default, only the metric `automate_queue_busiest_tenant_jobs` has a label for the tenant. The
label has five values: the five tenants with the most due jobs. On request, the relay also serves metrics of up to 20 chosen tenants: `/metrics?tenant=acme&tenant=globex`.

The standard metrics of a Python process (`process_*`, `python_*`) are served too. The web process counts a request or a
stream when the process begins to send the answer.

| metric | type | labels | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    for family in metrics.REGISTRY.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        if name in metrics.LABELS:
            rows.append((name, family.type, metrics.LABELS[name], family.documentation))
    for _, read in inspect.getmembers(metrics, lambda member: isinstance(member, metrics.DatabaseGauge)):
        rows.append((read.name, "gauge", read.labels, read.documentation))
    lines = (
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {meaning} |\n"
        for name, kind, labels, meaning in sorted(rows)
    )
    return HEAD + "".join(lines)
