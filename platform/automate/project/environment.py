"""Reads and checks the environment variables of the process."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Sequence

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from automate.kernel.errors import NormalizedError
from automate.kernel.roles import LOGIN_OF, VARIABLE_OF
from automate.project.locations import HTTP, POSTGRES, REDIS, parts_of
from automate.retention.classes import PLATFORM_DAYS, Defaults, defaults_from
from automate.vault.keys import VaultKeys, for_process, symmetric_keys, vault_keys

env = environ.Env()

ON, OFF = ("true", "1", "on", "yes"), ("false", "0", "off", "no")


def positive_int(name: str, default: int) -> int:
    """Read a whole number above 0.

    Raises ImproperlyConfigured, with the variable's name, for any other text.
    """
    try:
        value = int(env.int(name, default=default))
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, such as {default}") from error
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be above zero, such as {default}; it is {value}")
    return value


def count(name: str, default: int) -> int:
    """Read a whole number, 0 or above. Raises ImproperlyConfigured for any other text."""
    text = str(env.str(name, default=str(default)))
    if not (text.isascii() and text.isdecimal()):
        raise ImproperlyConfigured(f"{name} must be a whole number, 0 or above, such as {default}; it is {text!r}")
    return int(text)


def switch(name: str, *, default: bool) -> bool:
    """Read a boolean variable. The tuples ON and OFF list the allowed values.

    Raises ImproperlyConfigured, with the variable's name, for any other value.
    """
    text = str(env.str(name, default=str(default))).lower()
    if text not in {*ON, *OFF}:
        raise ImproperlyConfigured(f"{name} must be true or false; it is {text!r}")
    return text in ON


def positive_float(name: str, default: float) -> float:
    """Read a finite number above 0.

    Raises ImproperlyConfigured, with the variable's name, for any other text.
    """
    try:
        value = float(env.float(name, default=default))
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} must be a number, such as {default}") from error
    if not 0 < value < math.inf:
        raise ImproperlyConfigured(f"{name} must be above zero, such as {default}; it is {value}")
    return value


def text(name: str, default: str = "") -> str:
    """Read a text. Raises ImproperlyConfigured if the bytes are not UTF-8."""
    value = str(env.str(name, default=default))
    if not value.isprintable():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ImproperlyConfigured(f"{name} must be UTF-8 text; its bytes are not UTF-8") from None
    return value


def http_url(name: str, default: str) -> str:
    """Read an ``http://`` or ``https://`` URL. Raises ImproperlyConfigured for anything else."""
    # Without a slash at its end.
    return _url(name, default, HTTP).rstrip("/")


def postgres_url(name: str, default: str = "") -> str:
    """Read a ``postgresql://`` URL. Raises ImproperlyConfigured if libpq does not accept the URL."""
    value = _url(name, default, POSTGRES)
    try:
        conninfo_to_dict(value)
    except ProgrammingError:
        raise ImproperlyConfigured(
            f"{name} is a URL that PostgreSQL's library cannot parse: check its parameters, and its escapes (% and two digits)"
        ) from None
    return value


def choose_login(process: str) -> None:
    """Set ``DATABASE_URL`` to the database login of one kind of process, and remove the other logins.

    Raises ImproperlyConfigured with the variable's name for an invalid URL.
    """
    variable = VARIABLE_OF[LOGIN_OF[process]]
    if url := postgres_url(variable):
        os.environ["DATABASE_URL"] = url
    for name in VARIABLE_OF.values():
        os.environ.pop(name, None)


def master_keys(name: str) -> dict[str, bytes]:
    """Read the master keys. Raises ImproperlyConfigured if an entry is not a key."""
    try:
        return symmetric_keys(env.list(name, default=[]), name)
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from None


def key_pair(public: str, private: str) -> VaultKeys:
    """Read the keys of the vault. Raises ImproperlyConfigured if a key is malformed."""
    try:
        return vault_keys(text(public), env.list(private, default=[]))
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from None


def retention_days(name: str) -> Defaults:
    """Read for how many days each class of data is kept. Raises ImproperlyConfigured if an entry is malformed."""
    try:
        return defaults_from(env.list(name, default=[str(PLATFORM_DAYS)]))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def forget_secrets(process: str) -> None:
    """Remove the secrets of workers from the environment of this process."""
    for name in os.environ.keys() - for_process(os.environ, process).keys():
        del os.environ[name]


def redis_url(name: str) -> str:
    """Read a Redis URL. Returns "" if the variable is empty. Raises ImproperlyConfigured if the URL is not valid."""
    value = _url(name, "", REDIS)
    try:
        if value:
            # The library takes longer to import than all else here, and most commands set no such URL.
            importlib.import_module("redis.connection").parse_url(value)
    except (ValueError, TypeError):
        raise ImproperlyConfigured(
            f"{name} has a parameter that the Redis client does not know; remove or correct it"
        ) from None
    return value


def _url(name: str, default: str, schemes: Sequence[str]) -> str:
    value = text(name, default)
    try:
        if value:
            parts_of(name, value, schemes)
    except NormalizedError as error:
        raise ImproperlyConfigured(error.message) from None
    return value
