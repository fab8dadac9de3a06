"""The page and the files of the portal.

The source is in ``portal/`` of the repository, and ``scripts/build_portal.py`` builds it.
"""
