"""Sending due jobs to workers, each tenant its share."""
