"""Failures of the system that a connector calls. The contract suite simulates these failures."""

from __future__ import annotations

import enum


class Fault(enum.Enum):
    """A fault of the system that the connector calls.

    If the fault is in DONE_NOTHING, the system does not execute the request. For all other faults, the system executes
    the whole request.
    """

    NONE = enum.auto()
    TIME_OUT = enum.auto()
    """The system never answers."""
    RESET = enum.auto()
    """The system resets the connection."""
    HALF_A_BODY = enum.auto()
    """The system closes the connection in the middle of its answer or reply."""
    SLOW_DRIP = enum.auto()
    """The answer arrives byte by byte, without end."""
    RATE_LIMITED = enum.auto()
    """The system did nothing, and answers 429 with Retry-After, or 450."""
    REDIRECT_LOOP = enum.auto()
    """The system did nothing, and redirects to itself."""
    REDIRECT_AWAY = enum.auto()
    """The system did nothing, and redirects to another origin, which stores the request."""
    WRONG_TYPE = enum.auto()
    """The system answers with a page for people and 200, or with HTTP in place of SMTP."""
    ECHO = enum.auto()
    """The system echoes the whole request, with 200."""
    ECHO_REFUSED = enum.auto()
    """The system did nothing, and echoes the whole request, with 422 or 550."""


DONE_NOTHING = frozenset({Fault.RATE_LIMITED, Fault.REDIRECT_LOOP, Fault.REDIRECT_AWAY, Fault.ECHO_REFUSED})
HANGS = frozenset({Fault.TIME_OUT, Fault.SLOW_DRIP})
"""Only the deadline of the caller ends a call with these faults, so the tests set a short deadline. All other faults
end the call earlier, also on a busy machine."""
UNCERTAIN_FAULTS = (Fault.TIME_OUT, Fault.RESET, Fault.HALF_A_BODY, Fault.SLOW_DRIP)
"""After these faults, the outcome is unknown."""
