"""References to secrets in a configuration."""

from __future__ import annotations

REFERENCE = "$env:"
"""Prefix of a reference to a secret in a configuration. The name of a variable of the applying process follows."""
