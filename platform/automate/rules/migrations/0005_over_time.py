"""Options of rules, their generations, and a window for each key."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check

# A rule with a new name or priority keeps its windows. A rule that was disabled in between starts new windows, and so does one
# with another condition, other options or another workflow.
KEEP = """
CREATE OR REPLACE FUNCTION keep_rule_history() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE now_in_force bigint; changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT id FROM after_it);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT id FROM before_it);
    ELSE
        changed := ARRAY(
            SELECT a.id FROM after_it a LEFT JOIN before_it b ON b.id = a.id
            WHERE (a.slug, a.name, a.enabled, a.priority, a."when", a.options, a.workflow_id)
                IS DISTINCT FROM (b.slug, b.name, b.enabled, b.priority, b."when", b.options, b.workflow_id));
    END IF;
    IF cardinality(changed) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE rule_set SET version = version + 1 WHERE id = 1 RETURNING version INTO now_in_force;
    IF now_in_force IS NULL THEN
        RAISE EXCEPTION 'schema % lacks its rule set; it was not provisioned whole', TG_TABLE_SCHEMA;
    END IF;
    UPDATE rule_history SET to_version = now_in_force WHERE rule_id = ANY (changed) AND to_version IS NULL;
    INSERT INTO rule_history (rule_id, slug, name, enabled, priority, "when", options, workflow_id, from_version, generation)
    SELECT r.id, r.slug, r.name, r.enabled, r.priority, r."when", r.options, r.workflow_id, now_in_force,
           coalesce((SELECT h.generation FROM rule_history h
                     WHERE h.rule_id = r.id AND h.to_version = now_in_force AND h.enabled AND r.enabled
                       AND (h."when", h.options, h.workflow_id) = (r."when", r.options, r.workflow_id)), now_in_force)
    FROM rule_spec r WHERE TG_OP <> 'DELETE' AND r.id = ANY (changed);
    RETURN NULL;
END $$;
ALTER TABLE rule_spec ALTER COLUMN options SET DEFAULT '{}';
ALTER TABLE rule_history ALTER COLUMN options SET DEFAULT '{}';
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0004_rule_history")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="window_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="rulehistory",
            name="generation",
            field=models.BigIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="rulehistory",
            name="options",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="rulespec",
            name="options",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="RuleWindow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule_id", models.UUIDField()),
                ("generation", models.BigIntegerField()),
                ("option", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64)),
                ("shown", models.CharField(blank=True, max_length=120)),
                ("settings", models.JSONField()),
                ("open", models.BooleanField(default=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=16)),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField(null=True)),
                ("times", models.JSONField(default=list)),
                ("matches", models.BigIntegerField(default=0)),
                ("waiting", models.IntegerField(default=0)),
                ("event_id", models.UUIDField(null=True)),
                ("run_id", models.UUIDField(null=True)),
                ("job_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "rule_window",
                "indexes": [
                    models.Index(fields=["rule_id", "id"], name="rule_window_page"),
                    models.Index(condition=models.Q(("open", True)), fields=["closes_at"], name="rule_window_lapses"),
                    models.Index(
                        condition=models.Q(("open", False), ("run_id", None)),
                        fields=["closed_at"],
                        name="rule_window_forgotten",
                    ),
                    models.Index(
                        condition=models.Q(("run_id__isnull", False)), fields=["run_id"], name="rule_window_run"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("open", True)),
                        fields=("rule_id", "generation", "option", "digest"),
                        name="rule_window_one_open",
                    ),
                    check(
                        "rule_window_option_known",
                        models.Q(("option__in", ("rate_limit", "debounce", "throttle", "count", "absence"))),
                    ),
                    check(
                        "rule_window_outcome_known",
                        models.Q(("outcome__in", ("", "fired", "ended", "superseded", "disabled"))),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThrottledRun",
            fields=[
                ("run_id", models.UUIDField(primary_key=True, serialize=False)),
                ("window_id", models.UUIDField()),
                ("place", models.BigIntegerField()),
            ],
            options={
                "db_table": "throttled_run",
                "indexes": [models.Index(fields=["window_id", "place"], name="throttled_run_queue")],
            },
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
