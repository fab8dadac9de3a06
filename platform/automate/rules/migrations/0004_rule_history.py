"""The history of rules by version of the rule set, and the version under which each event was matched."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import append_only

# A trigger raises the version and stores the old rule, so that no writer can forget either. One statement is one version. The
# row of the rule set serialises changes. Changes that do not affect matching, such as a pause, change nothing here.
KEEP = """
CREATE FUNCTION keep_rule_history() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE now_in_force bigint; changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT id FROM after_it);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT id FROM before_it);
    ELSE
        changed := ARRAY(
            SELECT a.id FROM after_it a LEFT JOIN before_it b ON b.id = a.id
            WHERE (a.slug, a.name, a.enabled, a.priority, a."when", a.workflow_id)
                IS DISTINCT FROM (b.slug, b.name, b.enabled, b.priority, b."when", b.workflow_id));
    END IF;
    IF cardinality(changed) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE rule_set SET version = version + 1 WHERE id = 1 RETURNING version INTO now_in_force;
    IF now_in_force IS NULL THEN
        RAISE EXCEPTION 'schema % lacks its rule set; it was not provisioned whole', TG_TABLE_SCHEMA;
    END IF;
    UPDATE rule_history SET to_version = now_in_force WHERE rule_id = ANY (changed) AND to_version IS NULL;
    INSERT INTO rule_history (rule_id, slug, name, enabled, priority, "when", workflow_id, from_version)
    SELECT id, slug, name, enabled, priority, "when", workflow_id, now_in_force FROM rule_spec
    WHERE TG_OP <> 'DELETE' AND id = ANY (changed);
    RETURN NULL;
END $$;
CREATE TRIGGER rule_spec_kept_insert AFTER INSERT ON rule_spec REFERENCING NEW TABLE AS after_it
    FOR EACH STATEMENT EXECUTE FUNCTION keep_rule_history();
CREATE TRIGGER rule_spec_kept_update AFTER UPDATE ON rule_spec REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
    FOR EACH STATEMENT EXECUTE FUNCTION keep_rule_history();
CREATE TRIGGER rule_spec_kept_delete AFTER DELETE ON rule_spec REFERENCING OLD TABLE AS before_it
    FOR EACH STATEMENT EXECUTE FUNCTION keep_rule_history();
INSERT INTO rule_history (rule_id, slug, name, enabled, priority, "when", workflow_id, from_version)
SELECT r.id, r.slug, r.name, r.enabled, r.priority, r."when", r.workflow_id, s.version FROM rule_spec r, rule_set s;
"""
FORGET = """
DROP TRIGGER rule_spec_kept_insert ON rule_spec;
DROP TRIGGER rule_spec_kept_update ON rule_spec;
DROP TRIGGER rule_spec_kept_delete ON rule_spec;
DROP FUNCTION keep_rule_history();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0003_paused")]

    operations = [
        migrations.CreateModel(
            name="RuleHistory",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule_id", models.UUIDField()),
                ("slug", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("enabled", models.BooleanField()),
                ("priority", models.IntegerField()),
                ("when", models.JSONField()),
                ("workflow_id", models.UUIDField()),
                ("from_version", models.BigIntegerField()),
                ("to_version", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "rule_history",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["rule_id"], condition=models.Q(to_version__isnull=True), name="rule_history_one_stands"
                    )
                ],
                "indexes": [
                    models.Index(fields=["rule_id", "from_version"], name="rule_history_rule"),
                    models.Index(fields=["from_version"], name="rule_history_from"),
                    models.Index(fields=["to_version"], name="rule_history_to"),
                    models.Index(
                        fields=["-priority", "rule_id"], name="rule_history_order", condition=models.Q(enabled=True)
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleMatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("rule_set_version", models.BigIntegerField()),
                ("rules", models.IntegerField()),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "db_table": "rule_match",
                "constraints": [
                    models.UniqueConstraint(fields=["event_id", "rule_set_version"], name="rule_match_once")
                ],
            },
        ),
        append_only("rule_match"),
        migrations.RunSQL(KEEP, FORGET),
    ]
