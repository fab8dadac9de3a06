"""The installation of ``make up`` on one machine. A supervisor runs the servers and processes."""
