"""Sends due jobs to workers, and divides the workers among tenants."""
