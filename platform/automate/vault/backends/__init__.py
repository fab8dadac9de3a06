"""The backends of secrets, in the order of ``AUTOMATE_SECRET_BACKENDS``.

A value comes from the first backend that has it. ``docs/secrets.md`` explains how to write a backend.
"""
