"""The extensions of the language, and where JsonLogic leaves a choice to us."""

from __future__ import annotations

from typing import Any

import pytest

from automate.rules.predicate import PredicateError, evaluate

EVENT: Any = {
    "type": "order.created",
    "payload": {
        "ip": "10.1.2.3",
        "at": "2026-01-02T03:04:05Z",
        "note": None,
        "a.b": 1,
        "c": {"d": 2},
        "email": "Ann@EXAMPLE.com",
    },
}


def var(path: str) -> dict[str, str]:
    return {"var": path}


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"starts_with": [var("type"), "order."]}, True),
        ({"starts_with": [var("type"), "created"]}, False),
        ({"starts_with": [var("payload.gone"), ""]}, False),
        ({"ends_with": [var("type"), ".created"]}, True),
        ({"ieq": [var("payload.email"), "ann@example.COM"]}, True),
        ({"ieq": ["straße", "STRASSE"]}, True),
        ({"glob": [var("type"), "order.*"]}, True),
        ({"glob": [var("type"), "order"]}, False),
        ({"glob": ["a\nb", "a?b"]}, True),
        ({"glob": ["v1.2", "v[0-9].[!0-1]"]}, True),
        ({"glob": ["a*", "a[*]"]}, True),
        ({"glob": ["ab", "a[*]"]}, False),
        ({"glob": ["a+b(c)", "a+b(c)"]}, True),
        ({"matches": [var("type"), "^order\\.[a-z]+$"]}, True),
        ({"matches": [var("type"), "creat"]}, True),
        ({"matches": [var("payload.gone"), ".*"]}, False),
        ({"cidr": [var("payload.ip"), "10.0.0.0/8"]}, True),
        ({"cidr": [var("payload.ip"), ["192.168.0.0/16", "10.1.0.0/16"]]}, True),
        ({"cidr": ["::ffff:10.1.2.3", "10.0.0.0/8"]}, True),
        ({"cidr": ["2001:db8::1", "10.0.0.0/8"]}, False),
        ({"before": [var("payload.at"), "2026-01-02T05:04:05.000000001+02:00"]}, True),
        ({"before": [var("payload.at"), "2026-01-02T05:04:05+02:00"]}, False),
        ({"after": [var("payload.at"), "2026-01-02"]}, True),
        ({"after": [1_767_323_046, var("payload.at")]}, True),
        ({"after": [1_767_323_045_001, var("payload.at")]}, True),
        ({"after": ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"]}, True),
        ({"before": [var("payload.gone"), "2026-01-02"]}, False),
        ({"exists": "payload.note"}, True),
        ({"exists": "payload.c.d"}, True),
        ({"exists": ["payload", "a.b"]}, True),
        ({"exists": "payload.gone"}, False),
        ({"==": [var("payload.gone"), "x"]}, False),
        ({"!=": [var("payload.gone"), "x"]}, True),
        ({"<": [var("payload.gone"), "x"]}, False),
        ({"===": [var("payload.c"), {"merge": [[]]}]}, False),
        ({"in": [[1], [[True], [1]]]}, True),
        ({"===": [[1], [True]]}, False),
        ({"substr": ["jsonlogic", 20]}, ""),
        ({"substr": ["jsonlogic", 2, -20]}, ""),
        ({"substr": ["jsonlogic", -20, 4]}, "json"),
        ({"??": [var("payload.gone"), None, 0, 1]}, 0),
        ({"try": [{"+": ["x"]}, {"var": "type"}]}, "NaN"),
        ({"try": [1, {"throw": "never"}]}, 1),
        ({"length": [var("type")]}, 13),
        ({"length": {"merge": [[1, 2], 3]}}, 3),
        ({"all": [[], True]}, False),
        ({"cat": ["a", None, True, 2.0, 1.5]}, "atrue21.5"),
        ({"var": ["payload.note", "default"]}, None),
        ({"val": [[9], "x"]}, None),
    ],
)
def test_operator_gives_value(rule: Any, value: Any) -> None:
    found = evaluate(rule, EVENT)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"starts_with": [1, "1"]}, "Invalid Arguments"),
        ({"matches": ["a", "(?=a)"]}, "Invalid Arguments"),
        ({"matches": ["a", "(a{1000}){1000}"]}, "Invalid Arguments"),
        ({"glob": ["a", "[a"]}, "Invalid Arguments"),
        ({"cidr": ["unknown", "10.0.0.0/8"]}, "Invalid Arguments"),
        ({"before": ["yesterday", "2026-01-02"]}, "Invalid Arguments"),
        ({"before": ["2026-13-01", "2026-01-02"]}, "Invalid Arguments"),
        ({"map": [5, 1]}, "Invalid Arguments"),
        ({"length": [5]}, "Invalid Arguments"),
        ({"max": ["1"]}, "Invalid Arguments"),
        ({"*": [1e308, 10]}, "NaN"),
        ({"+": [10**400, 1]}, "NaN"),
        ({"var": "a" + ".a" * 64}, "Invalid Arguments"),
        ({"nope": []}, "Unknown Operator"),
        ({"==": [1, 1], "!=": [1, 2]}, "Unknown Operator"),
    ],
)
def test_operator_refuses_what_it_cannot_use(rule: Any, error: str) -> None:
    with pytest.raises(PredicateError) as caught:
        evaluate(rule, EVENT)
    assert caught.value.error == {"type": error}
    assert caught.value.message


def test_unreached_errors_do_no_harm() -> None:
    assert evaluate({"if": [True, "fine", {"nope": []}]}, None) == "fine"


def test_large_integers_are_compared_exactly() -> None:
    assert evaluate({"==": [{"var": "id"}, 9007199254740993]}, {"id": 9007199254740992}) is False
