"""What ``make up`` runs on one machine: PostgreSQL, Valkey and the processes of the platform, started and watched."""
