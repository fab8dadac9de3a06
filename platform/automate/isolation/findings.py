"""The results of the isolation report: the number of requests, and the leaks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from automate.isolation.probe_connection import ProbeResponse
from automate.kernel.json_values import JsonValue

MOST_SHOWN = 20
SHORT = 300
"""The number of characters of each answer in a difference."""
_VOLATILE = (
    (re.compile(r'"(?:trace_id|traceId|X-Trace-Id)"\s*:\s*"[^"]*"'), '"trace"'),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE), "<id>"),
    (re.compile(r"\b[0-9a-f]{32,64}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r'"[A-Za-z0-9+/_=-]{40,}"'), '"<opaque>"'),
    (re.compile(r"(?i)^(?:date|x-trace-id|content-length): .*$", re.MULTILINE), ""),
    (re.compile(r"(?i)^(set-cookie: [^=;\s]+)=[^;\n]*", re.MULTILINE), r"\1=<value>"),
    (re.compile(r"(?i); expires=[^;\n]*"), "; expires=<date>"),
    (re.compile(r'"automate_[0-9A-Za-z]+"'), '"<token>"'),
    # The GraphQL parser quotes parts of the sent value, without any lookup.
    (re.compile(r'"Syntax Error: (?:[^"\\]|\\.)*"'), '"<syntax error>"'),
    (re.compile(r"(?im)^(?:expires|last-modified): .*$"), ""),
)


@dataclass(frozen=True)
class Leak:
    """A leak: an answer to one tenant reveals something about another tenant."""

    why: str
    """The reason."""
    how: str
    """The request that shows the leak."""

    def __str__(self) -> str:
        return f"{self.why}\n     {self.how}"


@dataclass
class Findings:
    """The findings of the isolation report: the leaks, and the probes that could not be made."""

    tried: Counter[str] = field(default_factory=Counter)
    """The number of probes by kind."""
    leaks: list[Leak] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Probes that could not be generated or made. They fail the report as a leak does."""

    @property
    def clean(self) -> bool:
        return not (self.leaks or self.problems)

    def leak(self, why: str, answer: ProbeResponse) -> None:
        found = Leak(why, answer.request.as_curl())
        if found not in self.leaks:
            self.leaks.append(found)

    def search(self, answer: ProbeResponse, needles: Collection[str], sent: str) -> None:
        """Report a leak if an answer contains a text of the other tenant, and the request did not contain this text."""
        low = answer.text.lower()
        for needle in needles:
            if needle.lower() in low and needle.lower() not in sent.lower():
                self.leak(f"the answer contains {needle!r} of the other tenant", answer)

    def compare(self, foreign: ProbeResponse, unknown: ProbeResponse, values: tuple[JsonValue, JsonValue]) -> None:
        """Report a leak if two answers differ.

        ``foreign`` is the answer to a request with a value of the other tenant. ``unknown`` is the answer to the same
        request with a value that no tenant has.
        """
        if likened(foreign, values[0]) != likened(unknown, values[1]):
            self.differ(foreign, values[0], unknown)

    def differ(self, foreign: ProbeResponse, value: JsonValue, unknown: ProbeResponse) -> None:
        why = f"the answer to {value!r} of the other tenant differs from the answer to an unknown value"
        self.leak(f"{why}: {_short(foreign)} / {_short(unknown)}", foreign)

    def lines(self) -> Iterator[str]:
        for kind, count in sorted(self.tried.items()):
            yield f"tried  {count:>6,} {kind}"
        for problem in self.problems[:MOST_SHOWN]:
            yield f"fail   not tried: {problem}"
        for leak in self.leaks[:MOST_SHOWN]:
            yield f"leak   {leak}"
        yield (
            "ok     no leak was found"
            if self.clean
            else f"fail   {len(self.leaks)} leaks, {len(self.problems)} places that were not tried"
        )


def likened(answer: ProbeResponse, value: JsonValue) -> tuple[int, str]:
    # Without the sent value and without parts that differ in each answer.
    text = answer.text
    cost = text.find('"extensions":{"cost"')
    text = text if cost < 0 else text[:cost]
    for one in texts_in(value):
        text = text.replace(one, "<sent>")
    for pattern, shown in _VOLATILE:
        text = pattern.sub(shown, text)
    return answer.status, text


def _short(answer: ProbeResponse) -> str:
    return f"{answer.status} {answer.text[:SHORT]}"


def outcome(answer: ProbeResponse, _value: JsonValue) -> tuple[int, str]:
    """Return the status of a mutation's answer, and the codes and paths of its errors."""
    body = answer.json()
    return answer.status, json.dumps(sorted(_errors(body), key=str)) if isinstance(body, dict) else answer.text


def _errors(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        code = value.get("code")
        if isinstance(code, str):
            yield code, value.get("path")
        for inner in value.values():
            yield from _errors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _errors(inner)


def texts_in(value: JsonValue) -> list[str]:
    # Longest first, because one text may contain another.
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sorted({text for one in inner for text in texts_in(one)}, key=len, reverse=True)
