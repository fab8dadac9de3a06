"""Send due jobs to workers, to each tenant its share."""
