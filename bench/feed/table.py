"""Results of scenes, printed and compared with their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.feed.scenes import Outcome

AGE_P95_MS, HOOKS_P95_MS = 250, 100
IDLE_MIB = 600
GROWTH_MIB = 30
"""The allowed growth during a scene with a steady load: new connections fill buffers once."""
IDLE = "5000idle"
CEILING, DELIVERED = "ceiling", 30_000
"""The maximum number of messages, without webhooks."""
ALONE = "alone"
"""One subscriber and no transitions: the latency of webhooks without other load."""


def missed(outcome: Outcome) -> list[str]:
    """The targets that the result misses."""
    accepted, _, offered = outcome.hooks.partition("/")
    found = {
        "delivered": outcome.scene != CEILING or outcome.delivered >= DELIVERED,
        "complete": outcome.complete == outcome.subscribers,
        "age": outcome.p95_ms <= AGE_P95_MS,
        "webhooks": accepted == offered and outcome.hooks_p95_ms <= HOOKS_P95_MS,
        "memory": outcome.mib[1] - outcome.mib[0] <= GROWTH_MIB
        and (outcome.scene != IDLE or outcome.mib[1] < IDLE_MIB),
    }
    return [name for name, met in found.items() if not met]


def line(outcome: Outcome) -> str:
    short = missed(outcome)
    return (
        f"{outcome.scene:24} {outcome.complete:>5} of {outcome.subscribers:<5} {outcome.delivered:>7,.0f}/s"
        f"  age p50 {outcome.p50_ms:,.0f} p95 {outcome.p95_ms:,.0f} most {outcome.most_ms:,.0f} ms"
        f"  {outcome.cores:.2f} cores, {outcome.microseconds:.0f} us each"
        f"  {outcome.mib[0]:.0f} to {outcome.mib[1]:.0f} MiB  webhooks {outcome.hooks} p95 {outcome.hooks_p95_ms:.0f} ms"
        f"  {'MISSED ' + ', '.join(short) if short else 'met'}"
    )
