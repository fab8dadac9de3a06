"""A thousand schedules of ten tenants that are due at once: what they cost, who comes first, and how late the last one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from statistics import median

import pytest

from actors.relay.main import batches
from automate.triggers.schedules import transitions
from tests.support.plane import BEGIN, Plane, counting, work_off
from tests.support.schedules import every, save

TENANTS, SCHEDULES = 10, 100
WINDOW, ROOM, BATCH = 80, 320, 20
"""As the relay has them by default."""
STATEMENTS = 7
"""Of a message of ticks, its claim included, see test_schedule_races."""
WORST_SECONDS = 60.0
"""For a thread alone, on a machine that does other things besides; it takes a few."""


@pytest.mark.slow
@pytest.mark.long
def test_thousand_at_once_are_made_in_sets_and_in_turn(
    planes: Callable[[int], list[Plane]],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr(transitions, "prune", lambda _ids, _most: None)
    monkeypatch.setattr("automate.events.services.prune_keys", lambda most: None)
    made = planes(TENANTS)
    for plane in made:
        for number in range(SCHEDULES):
            save(plane, f"s{number}", every(3_600))
    root = made[0].root
    (timestamp,) = root.rows("SELECT now()")[0]
    for plane in made:
        root.execute(f'UPDATE "{plane.tenant.schema}".schedule SET planned_at = %s', timestamp)
    root.execute("UPDATE public.outbox_job SET due_at = %s WHERE topic = 'schedule.tick'", timestamp)
    first: list[object] = []
    messages = Counter[str]()
    spent = Counter[str]()
    while jobs := made[0].dispatch(window=WINDOW, room=ROOM):
        first = first or [job.tenant_id for job in jobs]
        for batch in batches(jobs, BATCH):
            topic = batch[0].topic
            with counting() as seen:
                work_off(batch[0].tenant_id, [job.id for job in batch], BEGIN[topic])
            messages[topic] += 1
            spent[topic] += sum(not words.startswith("SELECT t.id") for words, _ in seen)
    assert set(first) == {plane.tenant.id for plane in made}
    assert spent["schedule.tick"] == STATEMENTS * messages["schedule.tick"]
    late = []
    for plane in made:
        rows = plane.rows(
            "SELECT subject, occurred_at, extract(epoch FROM received_at - occurred_at)::float FROM event"
        )
        assert Counter((subject, at) for subject, at, _ in rows) == Counter(
            {(f"s{number}", timestamp): 1 for number in range(SCHEDULES)}
        )
        late += [seconds for *_, seconds in rows]
    assert max(late) < WORST_SECONDS
    record_property(
        "lateness", f"median {median(late):.2f} s, worst {max(late):.2f} s, in {messages['schedule.tick']} messages"
    )
