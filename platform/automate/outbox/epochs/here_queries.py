"""The identity of the database. This module imports no Django, so that ``automate doctor`` starts fast."""

# A standby has no current position in its log. It gets another timeline when it is promoted.
HERE = """
SELECT (SELECT system_identifier FROM pg_control_system())::text,
       CASE WHEN NOT pg_is_in_recovery() THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint END,
       (SELECT oid FROM pg_database WHERE datname = current_database())::bigint,
       'public.database_epoch'::regclass::oid::bigint
"""
