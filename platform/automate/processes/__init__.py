"""Services of each process beside its work: signs of life, notices to systemd, and metrics."""
