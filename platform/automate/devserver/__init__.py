"""The installation of ``make up`` on one machine: PostgreSQL, Valkey and the platform's processes, supervised."""
