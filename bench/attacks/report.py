"""One row for each attack: the victim's latencies without and under attack, the health check, web's memory, the
verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.attacks.victim import Timed

FACTOR, HEALTH_MS, MEMORY_MIB = 3.0, 250.0, 50.0
P50, P95 = 0.5, 0.95
TENANT = ("list", "webhook")


@dataclass(frozen=True)
class Row:
    """The result of one attack."""

    attack: str
    alone: Mapping[str, Timed]
    under: Mapping[str, Timed]
    rss: tuple[float, float, float]
    """MiB before the attack, the maximum during it, and after it."""
    answers: Mapping[str, int]
    """The answers to the attacker."""

    def factor(self, kind: str) -> float:
        return self.under[kind].at(P95) / self.alone[kind].at(P95)

    @property
    def health_ms(self) -> float:
        return max(self.under["healthz"].milliseconds)

    @property
    def missed(self) -> list[str]:
        """The criteria that are not met."""
        found = [f"{kind} x{self.factor(kind):.1f}" for kind in TENANT if self.factor(kind) > FACTOR]
        found += [f"{timed.failed} {kind} failed" for kind, timed in self.under.items() if timed.failed]
        if self.health_ms > HEALTH_MS:
            found.append("healthz")
        if self.rss[2] - self.rss[0] > MEMORY_MIB:
            found.append("memory")
        return found

    def as_json(self) -> dict[str, Any]:
        def figures(timed: Timed) -> dict[str, float]:
            return {"p50": timed.at(P50), "p95": timed.at(P95), "max": max(timed.milliseconds), "failed": timed.failed}

        return {
            "attack": self.attack,
            "alone": {kind: figures(timed) for kind, timed in self.alone.items()},
            "under": {kind: figures(timed) for kind, timed in self.under.items()},
            "rss_mib": dict(zip(("before", "peak", "after"), self.rss, strict=True)),
            "answers": dict(self.answers),
            "missed": self.missed,
        }


def heading() -> str:
    kinds = " ".join(f"{f'{kind} p50/p95 ms: alone':>26} {'under':>15} {'factor':>6}" for kind in TENANT)
    return f"{'attack':18} {kinds} {'healthz max':>11} {'RSS MiB':>16}  missed; answers to the attacker"


def line(row: Row) -> str:
    def pair(timed: Timed) -> str:
        return f"{timed.at(P50):.1f}/{timed.at(P95):.1f}"

    kinds = " ".join(
        f"{pair(row.alone[kind]):>26} {pair(row.under[kind]):>15} {row.factor(kind):>6.1f}" for kind in TENANT
    )
    memory = "/".join(f"{size:.0f}" for size in row.rss)
    told = "; ".join([", ".join(row.missed) or "-", json.dumps(dict(row.answers))])
    return f"{row.attack:18} {kinds} {row.health_ms:>11.0f} {memory:>16}  {told}"


def table(rows: Sequence[Row]) -> str:
    return "\n".join([heading(), *map(line, rows)])
