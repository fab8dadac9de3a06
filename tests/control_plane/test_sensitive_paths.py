"""Sensitive paths: which are valid, what they hide, and what a Hider finds in copies."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from automate.kernel.sensitive_paths import MOST_PATHS, hidden, parse_path, path_problems, shown, values_at
from automate.kernel.sensitive_values import MOST_VALUES, Hider

HIDDEN = "[redacted]"
EVENT: dict[str, Any] = {
    "payload": {
        "customer": {"email": "ada@example.com", "age": 36, "vip": True, "note": None},
        "lines": [{"sku": "a", "card": "4711"}, {"sku": "b", "card": {"number": 12, "tags": ["x"]}}],
        "first name": "Ada",
    },
    "headers": {"x-user": "ada"},
}


def test_values_at_paths_are_hidden() -> None:
    paths = [
        "payload.customer.*",
        "payload.lines[*].card",
        'payload."first name"',
        "headers.X-User",
        "payload.absent.x",
    ]
    assert hidden(EVENT, paths) == {
        "payload": {
            "customer": {"email": HIDDEN, "age": HIDDEN, "vip": HIDDEN, "note": None},
            "lines": [{"sku": "a", "card": HIDDEN}, {"sku": "b", "card": HIDDEN}],
            "first name": HIDDEN,
        },
        "headers": {"x-user": HIDDEN},
    }
    assert EVENT["payload"]["customer"]["email"] == "ada@example.com"


def test_whole_payload_is_hidden_by_its_root() -> None:
    assert shown(EVENT, ["payload"]) == {"payload": HIDDEN, "headers": {"x-user": "ada"}}


def test_list_is_entered_without_brackets() -> None:
    payload: Any = hidden(EVENT, ["payload.lines.sku"])["payload"]
    assert payload["lines"][0]["sku"] == HIDDEN
    assert hidden({"payload": [[{"a": 1}]]}, ["payload.a"]) == {"payload": [[{"a": HIDDEN}]]}


def test_values_below_a_path_are_read_as_texts() -> None:
    found = list(values_at(EVENT, ["payload.customer", "payload.lines.card"]))
    assert found == ["ada@example.com", "36", "4711", "12", "x"]


@pytest.mark.parametrize(
    "path", ["", "customer.email", "payload.", "payload..a", "payload[0]", "payload.a b", 'payload."a', "payload." + "a." * 200, 7, None]
)  # fmt: skip
def test_invalid_path_is_refused_with_its_place(path: Any) -> None:
    (problem,) = path_problems(["payload.ok", path], ["sensitivePaths"])
    assert (problem.code, problem.path) == ("BAD_USER_INPUT", ["sensitivePaths", "1"])


def test_too_many_paths_are_refused() -> None:
    (problem,) = path_problems(["payload.a"] * (MOST_PATHS + 1), ["sensitivePaths"])
    assert (problem.code, problem.details["maximum"]) == ("LIMIT_EXCEEDED", MOST_PATHS)


def test_header_names_ignore_case() -> None:
    assert parse_path("headers.X-User") == parse_path("headers.x-user")


def test_hider_finds_copies() -> None:
    hider = Hider(["ada@example.com", "7", "4711"])
    encoded = base64.b64encode(b"ada@example.com").decode()
    copied: Any = {
        "to": "Ada <ada@example.com>",
        "n": 7,
        "m": 17,
        "order": 4711,
        "raw": encoded,
        "7": [None, True, "7", "77"],
    }
    assert hider.scrub(copied) == {
        "to": f"Ada <{HIDDEN}>", "n": HIDDEN, "m": 17, "order": HIDDEN, "raw": HIDDEN, HIDDEN: [None, True, HIDDEN, "77"],
    }  # fmt: skip
    assert hider.scrub_text("mail to ada@example.com failed") == f"mail to {HIDDEN} failed"


def test_too_many_values_hide_everything() -> None:
    hider = Hider(f"value-{number}" for number in range(MOST_VALUES + 1))
    assert (hider.scrub({"a": 1}), hider.scrub(None), hider.scrub_text("x")) == (HIDDEN, None, HIDDEN)


def test_erased_values_hide_everything() -> None:
    assert Hider.of_everything().scrub(["a"]) == HIDDEN
