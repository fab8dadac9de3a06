"""At most so many runs of one key within any period; what comes beyond starts nothing, and says so."""

from __future__ import annotations

from hashlib import sha256

from automate.rules.windows.keys import compile_key
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, come, decisions, reasons, started, windows

TWO_A_MINUTE = {"rate_limit": {"limit": 2, "period_seconds": 60, "key": KEY}}


def test_third_of_a_minute_is_dropped_and_the_next_minute_is_free(plane: Plane) -> None:
    plane.publish("one", NOTE, options=TWO_A_MINUTE)
    for at, n in ((0, 1), (30, 2), (59, 3), (60, 4), (61, 5), (90, 6)):
        come(plane, at, {"n": n, "customer": "acme"})
    assert started(plane) == ["1", "2", "4", "6"], (
        "within any minute there are two, not within each minute of the clock"
    )
    assert [verdict for verdict, _ in decisions(plane)] == [
        "matched", "matched", "suppressed", "matched", "suppressed", "matched",
    ]  # fmt: skip
    assert reasons(plane)[2] == naming("rateLimit", "2", "acme", "60", "2027-03-01 00:01:00 UTC")
    assert windows(plane) == [("rate_limit", True, "", 6)]


def test_keys_are_counted_apart(plane: Plane) -> None:
    plane.publish("one", NOTE, options=TWO_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": f"c{n % 2}"} for n in range(6)))
    assert started(plane) == ["0", "1", "2", "3"]


def test_rule_without_a_key_has_one_window(plane: Plane) -> None:
    plane.publish("one", NOTE, options={"rate_limit": {"limit": 2, "period_seconds": 60}})
    come(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(4)))
    assert started(plane) == ["0", "1"]
    assert reasons(plane)[3] == naming("rateLimit", "2", "60")


def test_event_without_a_key_is_no_match_and_says_what_is_missing(plane: Plane) -> None:
    plane.publish("one", NOTE, options=TWO_A_MINUTE)
    come(plane, 0, {"n": 1}, {"n": 2, "customer": "acme"})
    assert decisions(plane) == [("type_error", False), ("matched", True)]
    assert reasons(plane)[0] == naming("rateLimit", "event.payload.customer")
    assert plane.rows("SELECT path FROM decision WHERE verdict = 'type_error'") == [
        ('["options", "rateLimit", "key"]',)
    ]


def test_sensitive_key_is_not_shown(plane: Plane) -> None:
    plane.publish(
        "one", NOTE, options={"rate_limit": {"limit": 1, "period_seconds": 60, "key": "{{ event.payload.token }}"}}
    )
    come(plane, 0, {"token": "sk-secret-1"}, {"token": "sk-secret-1"})
    assert "[redacted]" in reasons(plane)[1]
    assert plane.rows("SELECT shown FROM rule_window") == [("[redacted]",)]


def test_one_number_is_one_key_however_json_spells_it() -> None:
    key = compile_key("rate_limit", "key", "{{ event.payload.n }}")
    spelled = {
        "1": [1, 1.0, "1"], "0": [0, -0.0], "1.5": [1.5, "1.5"], "true": [True], "1e+300": [1e300], "abc": ["abc"], "1.0": ["1.0"],
        "9007199254740993": [2**53 + 1],
    }  # fmt: skip
    for text, values in spelled.items():
        known_by = {key.of({"payload": {"n": value}}).digest for value in values}
        assert known_by == {sha256(text.encode()).hexdigest()}, "kept windows are found by it"
