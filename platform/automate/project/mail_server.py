"""Converts AUTOMATE_MAIL_URL to the settings of a mail backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import django
from django.core.exceptions import ImproperlyConfigured

from automate.project.environment import text

BACKENDS = "django.core.mail.backends"
CONSOLE = "consolemail"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
"""By scheme: without encryption, with STARTTLS, and with TLS from the beginning."""
_OLD_NAMES = {
    "host": "HOST",
    "port": "PORT",
    "username": "HOST_USER",
    "password": "HOST_PASSWORD",
    "timeout": "TIMEOUT",
    "use_tls": "USE_TLS",
    "use_ssl": "USE_SSL",
}
SILENCE_SECONDS = 20
"""The time limit for each answer of a mail server."""


@dataclass(frozen=True)
class MailServer:
    """The mail server in Django's settings: the mail backend, and the options of this backend."""

    backend: str
    """A class of Django."""
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The arguments of the class."""

    @property
    def sends(self) -> bool:
        """Whether a mail server is configured."""
        return self != NONE

    @property
    def settings(self) -> dict[str, object]:
        """Django's settings for this mail server: MAILERS from Django 6.1 on, EMAIL_BACKEND in older versions."""
        if django.VERSION >= (6, 1):
            return {"MAILERS": {"default": {"BACKEND": self.backend, "OPTIONS": dict(self.options)}}}
        return {
            "EMAIL_BACKEND": self.backend,
            **{f"EMAIL_{_OLD_NAMES[name]}": value for name, value in self.options.items()},
        }


NONE = MailServer(f"{BACKENDS}.dummy.EmailBackend")


def mail_server(name: str) -> MailServer:
    """Read the URL of the mail server. Raises ImproperlyConfigured if the URL is malformed."""
    # Such as `smtp+tls://user:password@host:587`. `consolemail://` writes mails to standard output.
    value = text(name)
    if not value:
        return NONE
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _wrong(name) from None
    if parts.scheme == CONSOLE:
        return MailServer(f"{BACKENDS}.console.EmailBackend")
    if parts.scheme not in PORTS or not parts.hostname:
        raise _wrong(name)
    options = {
        "host": parts.hostname,
        "port": port or PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtp+ssl",
        "timeout": SILENCE_SECONDS,
    }
    return MailServer(f"{BACKENDS}.smtp.EmailBackend", options)


def _wrong(name: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name} must be a URL such as smtp+tls://user:password@mail.example.com:587 (schemes: {', '.join(PORTS)}), or "
        f"{CONSOLE}:// to print mails"
    )
