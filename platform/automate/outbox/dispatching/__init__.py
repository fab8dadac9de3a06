"""Send due jobs to workers, and divide the workers among tenants."""
