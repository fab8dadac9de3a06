"""Decisions may be removed only after their approval, and never changed."""

from django.db import migrations

# A decision is written shortly after its approval's end, and an approval is stored for 90 days.
GUARD = """
CREATE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept boolean := true;
BEGIN
    IF current_setting('automate.retention', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN OLD;
    END IF;
    IF OLD.at < now() - interval '89 days' THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.approval WHERE step_id = $1)', TG_TABLE_SCHEMA)
        INTO kept USING OLD.approval_id;
    END IF;
    IF kept THEN
        RAISE EXCEPTION '% on %.% is refused: its rows are immutable', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER approval_decision_immutable ON approval_decision;
CREATE TRIGGER approval_decision_immutable BEFORE UPDATE OR TRUNCATE ON approval_decision
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
CREATE TRIGGER approval_decision_kept BEFORE DELETE ON approval_decision FOR EACH ROW EXECUTE FUNCTION refuse_to_forget();
DELETE FROM approval_decision d WHERE d.at < now() - interval '89 days'
    AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.step_id = d.approval_id);
"""
UNGUARD = """
DROP TRIGGER approval_decision_kept ON approval_decision;
DROP FUNCTION refuse_to_forget();
DROP TRIGGER approval_decision_immutable ON approval_decision;
CREATE TRIGGER approval_decision_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_decision
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0010_bulk")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
