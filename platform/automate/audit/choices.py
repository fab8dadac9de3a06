"""The values that columns of the audit record can have. API clients see the label of a value as a description."""

from __future__ import annotations

from django.db.models import TextChoices


class PrincipalKind(TextChoices):
    """The kind of a caller: a member, an end user, a token, the platform's operator, or the system."""

    API_TOKEN = "api_token", "A token of the tenant."
    END_USER = "end_user", "The holder of an approval's link."
    MEMBER = "member", "A person who is signed in."
    OPERATOR = "operator", "The platform, with a token of its own."
    SYSTEM = "system", "A process of the platform, without a caller."
