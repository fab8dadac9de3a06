from django.apps import AppConfig


class SavedViewsConfig(AppConfig):
    name = "automate.saved_views"
