"""Signs of life, notices to systemd, and metrics of each process."""
