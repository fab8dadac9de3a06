"""The engine for the templates of Django admin. This engine must be first in ``TEMPLATES``."""

from __future__ import annotations

import pkgutil
from functools import cached_property
from pathlib import Path

import django
from django.template import TemplateDoesNotExist
from django.template.backends.base import BaseEngine
from django.template.backends.django import DjangoTemplates, Template

OWN = Path(__file__).parent / "admin_templates"
DJANGOS = Path(django.__file__).parent / "contrib" / "admin"
TAGS = "django.contrib.admin.templatetags"
NOT_LOADED = frozenset({"base", "log"})
"""``log`` reads Django's table of actions, which does not exist here."""
NAMES = ("admin/", "automate_admin/")


class AdminTemplates(BaseEngine):
    """Finds templates and template tags of Django admin."""

    def __init__(self, params: dict[str, object]) -> None:
        super().__init__({"DIRS": [], "APP_DIRS": False, **{k: v for k, v in params.items() if k == "NAME"}})

    def get_template(self, template_name: str) -> Template:
        """Return a template of the admin. Raises TemplateDoesNotExist if no template of the admin has this name."""
        if not template_name.startswith(NAMES):
            raise TemplateDoesNotExist(template_name, backend=self)
        return self._engine.get_template(template_name)

    @cached_property
    def _engine(self) -> DjangoTemplates:
        found = [name for _, name, _ in pkgutil.iter_modules([str(DJANGOS / "templatetags")]) if name not in NOT_LOADED]
        options = {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {name: f"{TAGS}.{name}" for name in found},
        }
        return DjangoTemplates(
            {"NAME": self.name, "DIRS": [OWN, DJANGOS / "templates"], "APP_DIRS": False, "OPTIONS": options}
        )
