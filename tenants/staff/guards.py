"""The SQL function by which row-level security recognises the staff."""

from __future__ import annotations

from automate.kernel.roles import PLATFORM_ROLE

STAFF_PROVEN = f"""
CREATE OR REPLACE FUNCTION public.automate_staff_proven() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, '{PLATFORM_ROLE}', 'MEMBER')
        OR EXISTS (
            SELECT FROM public.person
            WHERE id = public.automate_signed_in_user() AND is_staff AND is_active)
$$;
"""
"""Whether the session may read as the platform's staff. The session needs the proof of a sign-in of an active
member of the staff, or the login of an older installation."""
