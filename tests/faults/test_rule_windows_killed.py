"""Rules over time under workers that are killed at any point, and a Redis that forgets: each match counts once."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import RECOVERY_SECONDS, SAVE_RULE, WORKFLOW

EVENTS, LIMIT = 60, 7
OPTIONS: dict[str, dict[str, Any]] = {
    "limited": {"rateLimit": {"limit": LIMIT, "periodSeconds": 3_600}},
    "counted": {"count": {"atLeast": EVENTS, "withinSeconds": 3_600}},
    "quiet": {"debounce": {"periodSeconds": 2}},
    "paced": {"throttle": {"limit": 20, "periodSeconds": 1}},
}
RUNS = "SELECT count(*) FROM execution_run r JOIN rule_spec s ON s.id = r.rule_id WHERE s.slug = %s"
MATCHES = (
    "SELECT coalesce(sum(w.matches), 0)::int FROM rule_window w JOIN rule_spec s ON s.id = w.rule_id WHERE s.slug = %s"
)


def _scenario(scene: Scene, sabotage: str, deaths: int) -> None:
    platform, books = scene.platform, scene.books
    when = {"==": [{"var": "type"}, "order.created"]}
    for slug, options in OPTIONS.items():
        rule = {"slug": slug, "name": slug, "workflow": WORKFLOW, "when": when, "options": options}
        platform.mutate(SAVE_RULE, rule)
    platform.start("relay")
    platform.keep("worker", sabotage=sabotage)
    for death in range(1, deaths + 1):
        # Each life meets events that no worker was lost with: those that two were are done in quarantine.
        scene.senders().begin(range((death - 1) * EVENTS // deaths, death * EVENTS // deaths)).join()
        platform.until(
            lambda: platform.deaths.get("worker", 0) == death,  # noqa: B023 - used within the loop
            6 * RECOVERY_SECONDS,
            f"the worker to die {death} times",
        )
    platform.start_all("worker-2")
    with redis.Redis.from_url(platform.valkey.url) as client:
        client.flushall()
    left = "SELECT count(*) FROM outbox_job WHERE open"
    platform.until(lambda: books.count(left) == 0, 4 * RECOVERY_SECONDS, "all work to be done")
    assert {slug: books.count(MATCHES, [slug]) for slug in ("limited", "counted", "quiet")} == dict.fromkeys(
        ("limited", "counted", "quiet"), EVENTS
    )
    runs = {slug: books.count(RUNS, [slug]) for slug in OPTIONS}
    flurries = books.count("SELECT count(*) FROM rule_window WHERE option = 'debounce' AND outcome = 'fired'")
    assert runs == {"limited": LIMIT, "counted": 1, "quiet": flurries, "paced": EVENTS}
    assert books.count("SELECT count(*) FROM execution_run WHERE state <> 'succeeded'") == 0
    assert books.count("SELECT count(*) FROM throttled_run") == 0
    assert books.count("SELECT count(*) FROM outbox_job WHERE state = 'dead'") == 0


@pytest.mark.slow
def test_killed_workers_count_each_match_once(make_scene: MakeScene) -> None:
    _scenario(make_scene(), "worker_dies_in_windows", 4)


@pytest.mark.slow
def test_counting_in_a_commit_of_its_own_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin."""
    with pytest.raises(AssertionError, match="limited"):
        _scenario(make_scene(), "worker_counts_in_two_commits", 1)
