"""What may be asked of a bulk operation, and what it shows before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.recovery.bulk import services
from automate.recovery.bulk.request import restored
from tests.support.bulk import (
    failed_runs,
    one_step,
    outcomes,
    read,
    refusal,
    request,
    start,
    to_its_end,
)
from tests.support.plane import Plane, Scripted, connectors, failing

REFUSED = failing("CONNECTOR_REFUSED")


def test_ceiling_refuses_by_name(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 3)
        error = refusal(plane, "RETRY", ceiling=2)
        assert (error.code, error.path, error.details) == (
            "LIMIT_EXCEEDED",
            ["ceiling"],
            {"limit": "ceiling", "maximum": 2},
        )
        assert read(plane, start(plane, "RETRY", ceiling=3)).total == 3


@pytest.mark.parametrize(
    ("options", "code", "path"),
    [
        ({"rate": 0}, "BAD_USER_INPUT", ["rate"]),
        ({"rate": 1_001}, "LIMIT_EXCEEDED", ["rate"]),
        ({"ceiling": 0}, "BAD_USER_INPUT", ["ceiling"]),
        ({"ceiling": 100_001}, "LIMIT_EXCEEDED", ["ceiling"]),
        ({"stop_on_error_rate": 101}, "LIMIT_EXCEEDED", ["stopOnErrorRate"]),
        ({"wanted": {"states": ("running",)}}, "BAD_USER_INPUT", ["runs", "states"]),
        ({"preview": "nonsense"}, "BAD_USER_INPUT", ["previewId"]),
        ({"reason": "a\nb"}, "BAD_USER_INPUT", ["reason"]),
        ({"wanted": {"workflow": "a\0b"}}, "BAD_USER_INPUT", ["workflow"]),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(
    plane: Plane, options: dict[str, Any], code: str, path: list[str]
) -> None:
    error = refusal(plane, "RETRY", **options)
    assert (error.code, error.path) == (code, path)


def test_same_key_starts_one_operation_and_another_request_under_it_is_a_conflict(plane: Plane) -> None:
    first = start(plane, "RETRY", key="k")
    assert start(plane, "RETRY", key="k") == first
    assert refusal(plane, "RETRY", key="k", rate=5).code == "CONFLICT"
    assert plane.rows("SELECT count(*) FROM bulk_operation") == [(1,)]


def previewed(plane: Plane, kind: str, **options: Any) -> tuple[Any, str]:
    with acting_for(plane.tenant):
        return services.preview(request(kind, **options))


def test_preview_counts_and_shows_what_would_repeat(plane: Plane) -> None:
    arrived = failing("CONNECTOR_REFUSED", arrived=True)
    with connectors(scripted := Scripted(acts=(arrived,)), unsafe := Scripted(acts=({},), effect="unsafe", name="u")):
        one_step(plane, scripted)
        plane.send({"n": 1}, {"n": 2})
        plane.drain()
        shown, _ = previewed(plane, "RETRY")
        assert (shown.count, shown.looked_at, shown.new_runs, shown.refused) == (2, 2, 2, ())
        ((effect),) = shown.effects
        assert (effect.step, effect.connector, effect.effect, effect.consent, effect.runs) == (
            "call",
            scripted.name,
            "keyed",
            False,
            2,
        )
        assert unsafe.calls == []
    replays, _ = previewed(plane, "REPLAY", wanted={"types": ("order.created",)})
    assert (replays.count, replays.new_runs) == (2, 2)


def test_start_by_preview_takes_what_was_there_then(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        made = one_step(plane, scripted)
        then = failed_runs(plane, made, 2)
        _, preview = previewed(plane, "RETRY")
        failed_runs(plane, made, 1)
        assert refusal(plane, "RETRY", preview=preview, wanted={"states": ("failed",)}).code == "CONFLICT"
        operation = start(plane, "RETRY", preview=preview)
        to_its_end(plane, operation)
    assert outcomes(plane, operation) == [(run, "done") for run in then]


def test_filter_of_a_newer_release_selects_nothing() -> None:
    with pytest.raises(NormalizedError) as refused:
        restored("CANCEL", {"states": ["running"], "unknown": True})
    assert (refused.value.code, refused.value.retryable) == ("UNAVAILABLE", True)
