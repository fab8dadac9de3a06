"""The process's environment, read once and refused when wrong. Twelve-factor: nothing else configures a process."""

from __future__ import annotations

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def positive_int(name: str, default: int) -> int:
    """A whole number above zero. Raises ImproperlyConfigured with the variable's name."""
    try:
        value = int(env.int(name, default=default))
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, such as {default}") from error
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be above zero, such as {default}; it is {value}")
    return value


def positive_float(name: str, default: float) -> float:
    """A number above zero. Raises ImproperlyConfigured with the variable's name."""
    try:
        value = float(env.float(name, default=default))
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} must be a number, such as {default}") from error
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be above zero, such as {default}; it is {value}")
    return value


def postgres_url(name: str, default: str = "") -> str:
    """A ``postgresql://`` URL, or the default. Raises ImproperlyConfigured for another scheme."""
    value = str(env.str(name, default=default))
    if value and not value.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL: several tenants need PostgreSQL 14 or newer")
    return value


def redis_url(name: str) -> str:
    """A ``redis://``, ``rediss://`` or ``unix://`` URL. Raises ImproperlyConfigured for another scheme."""
    value = str(env.str(name, default=""))
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured(f"{name} must be a redis:// or rediss:// URL (Redis 6 or Valkey)")
    return value
