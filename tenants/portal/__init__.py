"""The portal's page and files.

The source is in ``portal/`` of the repository; ``scripts/build_portal.py`` builds it.
"""
