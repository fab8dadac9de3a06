"""The roles of members and callers. ``kernel.permissions`` states what each role may do."""

from __future__ import annotations

from django.db.models import TextChoices


class MemberRole(TextChoices):
    """The role of a member or of an API token: owner, admin, editor, operator or viewer.

    Each role in this list also has all permissions of the roles after it.
    """

    OWNER = "owner", "Everything in the tenant, including its owners, billing, export and deletion."
    ADMIN = "admin", "Sources, secrets, budgets, tokens, members and the audit record."
    EDITOR = "editor", "Workflows, rules and schedules."
    OPERATOR = "operator", "Starts, retries, pauses and cancels work; sends events."
    VIEWER = "viewer", "Reads, and decides approvals that ask viewers."


class CallerRole(TextChoices):
    """The role of the caller of a request."""

    OWNER = "owner", "An owner of the tenant, or a token with this role."
    ADMIN = "admin", "An admin of the tenant, or a token with this role."
    EDITOR = "editor", "An editor of the tenant, or a token with this role."
    OPERATOR = "operator", "An operator of the tenant, or a token with this role."
    VIEWER = "viewer", "A viewer of the tenant, or a token with this role."
    PLATFORM = "platform", "A token of the platform. It reaches no field of a tenant."
