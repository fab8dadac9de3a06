"""What a process's /metrics says, read by Prometheus's own parser."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Series:
    """Values by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(url: str) -> Series:
    """The series at a URL."""
    answer = httpx2.get(url, timeout=10, trust_env=False)
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


def of_registry(registry: CollectorRegistry) -> Series:
    """The series of a registry in this process."""
    return parsed(generate_latest(registry).decode())


def value(series: Series, name: str, **labels: str) -> float:
    """One series' value; 0 where it is missing."""
    return series.get((name, frozenset(labels.items())), 0.0)


def total(series: Series, name: str, **labels: str) -> float:
    """The sum over the series of a name that have at least these labels."""
    return sum(number for (own, has), number in series.items() if own == name and has >= frozenset(labels.items()))
