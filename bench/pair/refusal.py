"""The comparison's own error."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818
    """The comparison cannot start, or cannot continue. The message is one line for the user."""
