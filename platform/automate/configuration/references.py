"""References to secrets in a configuration."""

from __future__ import annotations

REFERENCE = "$env:"
"""What stands for a secret in a configuration begins so: the name follows of a variable of whoever applies it."""
