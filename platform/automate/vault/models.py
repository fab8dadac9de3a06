"""The tables of secrets: rules, encrypted values, and a record of each use. No row contains a plain value."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row


class Secret(Row):
    """The name of a secret, and the rules for its use.

    A null list of allowed hosts allows all hosts. The lists of connectors and of workflows work in the same way. If a
    secret has no row, its use has no limits.
    """

    slug = models.CharField(max_length=64, unique=True, help_text="The name. Steps write it as $secret:NAME.")
    allowed_hosts = models.JSONField(
        null=True,
        help_text="The hosts to which a call with the secret may go: api.example.com, or *.example.com for all "
        "subdomains. Each may have a :port. Null: any host.",
    )
    allowed_connectors = models.JSONField(null=True, help_text="The connectors that may use the secret. Null: all.")
    allowed_workflows = models.JSONField(
        null=True, help_text="The slugs of workflows that may use the secret. Null: all."
    )
    last_version = models.IntegerField(
        default=0, help_text="The highest version number that was used. 0 without a stored value."
    )
    revision = models.IntegerField(
        default=1, help_text="A number that rises by one with each save. 0 if nothing was saved."
    )
    created_at = models.DateTimeField(help_text="The time of creation.")
    updated_at = models.DateTimeField(
        help_text="The time at which the secret was last saved. Null if it was never saved."
    )

    class Meta:
        db_table = "secret"


class SecretVersion(Row):
    """One value of a secret."""

    secret_id = models.UUIDField(help_text="The secret.")
    number = models.IntegerField(help_text="The number of the version, as in $secret:NAME@2. Numbers are never reused.")
    sealed = models.TextField(help_text="The encrypted value.")
    created_at = models.DateTimeField(help_text="The time of creation.")
    expires_at = models.DateTimeField(
        null=True, help_text="The time until which this older version can still be used. Null: until it is deleted."
    )

    class Meta:
        db_table = "secret_version"
        constraints = [models.UniqueConstraint(fields=["secret_id", "number"], name="secret_version_once")]


class SecretResolution(Row):
    """One use of a secret by a step, without the value. ``version`` is null if the backend has no versions."""

    name = models.CharField(max_length=64, help_text="The name of the secret.")
    version = models.IntegerField(
        null=True, help_text="The version that was read. Null if the secret backend has no versions."
    )
    backend = models.CharField(max_length=32, help_text="Where the value came from, such as database or environment.")
    run_id = models.UUIDField(help_text="The run.")
    step_key = models.CharField(max_length=64, help_text="The key of the step.")
    at = models.DateTimeField(help_text="The time at which the step read the value.")

    class Meta:
        db_table = "secret_resolution"
        indexes = [models.Index(fields=["name", "id"], name="secret_resolution_of_name")]


class EnvironmentNames(Row):
    """The names of the tenant's secrets that are set in one worker's environment. Values are not stored."""

    worker_id = models.UUIDField(unique=True, help_text="The id of one start of a worker process.")
    names = models.JSONField(help_text="The names of secrets in the worker's environment.")
    seen_at = models.DateTimeField(help_text="The time of the worker's last report.")

    class Meta:
        db_table = "environment_names"
