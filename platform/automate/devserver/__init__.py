"""The installation that ``make up`` starts on one machine. A supervisor runs the servers and processes of the installation."""
