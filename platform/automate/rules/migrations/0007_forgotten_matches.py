"""Matches may be deleted after 90 days, and the history of rules when no match needs it. Neither can be changed."""

from django.db import migrations, models

# The previous release, which does not know the column, can still create tenants.
GUARD = """
ALTER TABLE rule_set ALTER COLUMN kept_from SET DEFAULT 0;
CREATE FUNCTION refuse_to_forget_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decided_at >= now() - interval '90 days' AND NOT (
        coalesce(current_setting('automate.retention', true), '') = 'on'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
    ) THEN
        RAISE EXCEPTION '% on %.% is refused: its rows are immutable', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER rule_match_immutable ON rule_match;
CREATE TRIGGER rule_match_immutable BEFORE UPDATE OR TRUNCATE ON rule_match
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
CREATE TRIGGER rule_match_kept BEFORE DELETE ON rule_match FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_match();
CREATE FUNCTION refuse_to_forget_rule() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.to_version IS NULL OR OLD.to_version > (SELECT kept_from FROM rule_set) THEN
        RAISE EXCEPTION '% on %.% is refused: matches of its time are still kept', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER rule_history_kept BEFORE DELETE ON rule_history FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_rule();
"""
UNGUARD = """
DROP TRIGGER rule_history_kept ON rule_history;
DROP FUNCTION refuse_to_forget_rule();
DROP TRIGGER rule_match_kept ON rule_match;
DROP FUNCTION refuse_to_forget_match();
DROP TRIGGER rule_match_immutable ON rule_match;
CREATE TRIGGER rule_match_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_match
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0006_backtests")]

    operations = [
        migrations.AddField("ruleset", "kept_from", models.BigIntegerField(default=0)),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
