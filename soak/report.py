"""The result of a soak: a table for people, and a file with all figures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from soak.breaches import Breach
from soak.connectors import UNSAFE
from soak.law import DEAD, FINISHED, fates_of
from soak.soaking import Result

OUT = Path(__file__).with_name("out") / "latest.json"
SHOWN = 40
"""The maximum number of printed breaches; the file has all of them."""


def figures(result: Result) -> dict[str, Any]:
    evidence = result.evidence
    runs = [run for books in evidence.tenants.values() for run in books.runs]
    fates = fates_of(evidence)
    came = Counter(call.key for call in evidence.calls)
    acts = Counter(call.key for call in evidence.calls if call.acted)
    unsafe = Counter(call.key for call in evidence.calls if call.acted and call.policy == UNSAFE)
    return {
        "seconds": result.plan.seconds,
        "accepted": len(evidence.accepted),
        "accepted and finished": fates[FINISHED],
        "accepted and dead": fates[DEAD],
        "runs": len(runs),
        "runs by state": dict(sorted(Counter(run.state for run in runs).items())),
        "dead jobs": sum(job.state == "dead" for job in evidence.jobs),
        "open at the end": sum(job.open for job in evidence.jobs),
        "calls received": came.total(),
        "effects made": len(acts),
        "effects made again under their key": sum(count > 1 for count in acts.values()),
        "unsafe effects made": len(unsafe),
        "unsafe effects made again": sum(count > 1 for count in unsafe.values()),
        "given up by a person": result.given_up,
        "approvals decided": len(evidence.told.decided),
        "runs retried by a person": len(evidence.told.retried),
        "runs retried or cancelled together": sum(
            bulk.done for books in evidence.tenants.values() for bulk in books.bulks
        ),
        "bulk operations": len(evidence.told.bulks),
        "events replayed": len(evidence.told.replayed),
        "dead jobs redriven": len(evidence.told.redriven),
        "transitions seen by the feeds": sum(len(books.feed) for books in evidence.tenants.values()),
        "feeds cut and resumed": result.cuts,
        "looks at what is held": result.looks,
        "faults": result.dealt.total(),
        "seconds until all was quiet": round(result.settled_seconds, 1),
    }


def table(result: Result) -> str:
    lines = ["", f"seed {result.plan.seed}"]
    for name, value in figures(result).items():
        said = ", ".join(f"{each} {count}" for each, count in value.items()) if isinstance(value, dict) else value
        lines.append(f"  {name:38} {said}")
    lines += ["  faults"] + [f"    {name:52} {count:>4}" for name, count in sorted(result.dealt.items())]
    lines += ["  found dead and started again"]
    lines += [f"    {name:52} {count:>4}" for name, count in sorted(result.revived.items())]
    lines += ["  other answers to senders"]
    lines += [f"    {name:52} {count:>4}" for name, count in result.refused.most_common(20)]
    if not result.breaches:
        return "\n".join([*lines, "", "Nothing is broken."])
    shown = [f"  {breach}" for breach in result.breaches[:SHOWN]]
    if len(result.breaches) > SHOWN:
        shown.append(f"  and {len(result.breaches) - SHOWN} more")
    return "\n".join([*lines, "", f"BROKEN, {len(result.breaches)} times:", *shown])


def as_json(result: Result) -> str:
    whole = {
        "seed": result.plan.seed,
        "every_seconds": result.plan.every,
        "per_second": result.plan.per_second,
        "sabotage": result.plan.sabotage or result.plan.forgets,
        "figures": figures(result),
        "faults": dict(result.dealt),
        "revived": dict(result.revived),
        "refused": dict(result.refused),
        "breaches": [_breach(breach) for breach in result.breaches],
    }
    return json.dumps(whole, indent=2) + "\n"


def _breach(breach: Breach) -> dict[str, Any]:
    return {**vars(breach)}
