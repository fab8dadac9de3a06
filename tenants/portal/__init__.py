"""The page and the files of the portal. ``scripts/build_portal.py`` builds them."""
