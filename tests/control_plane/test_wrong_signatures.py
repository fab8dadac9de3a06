"""A flood of wrong signatures is refused before it is read, and refuses no sender at another address."""

from __future__ import annotations

import pytest

from automate.kernel.addresses import network_of
from automate.kernel.errors import NormalizedError
from automate.triggers.wrong_signatures import FAILURES_AT_ONCE, PROVED_SECONDS, WrongSignatures
from tests.support.stopped_clock import Clock

SHOP, OTHER = "/t/acme/hooks/shop", "/t/acme/hooks/other"
ATTACKER, SENDER = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> WrongSignatures:
    return WrongSignatures(clock)


def fail(gate: WrongSignatures, count: int, path: str = SHOP, address: str = ATTACKER) -> None:
    for _ in range(count):
        gate.failed(path, address)


def wait_of(gate: WrongSignatures, path: str = SHOP, address: str = ATTACKER) -> int:
    try:
        gate.require_welcome(path, address)
    except NormalizedError as refusal:
        return int(refusal.details["retry_after_seconds"])
    return 0


def test_failures_close_the_source_to_their_address_alone(gate: WrongSignatures) -> None:
    fail(gate, FAILURES_AT_ONCE - 1)
    assert wait_of(gate) == 0
    fail(gate, 1)
    assert (wait_of(gate), wait_of(gate, address=SENDER), wait_of(gate, path=OTHER)) == (1, 0, 0)


def test_one_more_is_checked_each_second(gate: WrongSignatures, clock: Clock) -> None:
    fail(gate, 1_000)
    for _ in range(5):
        assert wait_of(gate) == 1
        clock.now += 1
        assert wait_of(gate) == 0
        fail(gate, 1)


def test_a_proved_address_stays_welcome_for_an_hour(gate: WrongSignatures, clock: Clock) -> None:
    """Behind a proxy that hides addresses, the flood comes from the correct sender's own."""
    gate.proved(SHOP, ATTACKER)
    fail(gate, 1_000)
    assert wait_of(gate) == 0
    clock.now += PROVED_SECONDS
    fail(gate, 1_000)
    assert wait_of(gate) == 1
    gate.proved(SHOP, ATTACKER)
    assert wait_of(gate) == 0


def test_an_ipv6_network_is_one_address(gate: WrongSignatures) -> None:
    for n in range(FAILURES_AT_ONCE):
        gate.failed(SHOP, f"2001:db8:1:2::{n:x}")
    assert wait_of(gate, address="2001:db8:1:2:ffff::1") == 1
    assert wait_of(gate, address="2001:db8:1:3::1") == 0


@pytest.mark.parametrize("address", ["", "unix:", "not:an:address", "fe80::1%eth0", "::ffff:192.0.2.1"])
def test_any_text_is_an_address(address: str) -> None:
    assert isinstance(network_of(address), str)


def test_ipv4_addresses_within_ipv6_stay_apart() -> None:
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
