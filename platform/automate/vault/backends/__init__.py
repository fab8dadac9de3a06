"""The backends of secrets, in the order of ``AUTOMATE_SECRET_BACKENDS``.

The value of a secret comes from the first backend that has a value. ``docs/secrets.md`` explains how to write a backend.
"""
