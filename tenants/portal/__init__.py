"""The portal's page and its files. The source stands in ``portal/`` of the repository; ``scripts/build_portal.py`` builds it."""
