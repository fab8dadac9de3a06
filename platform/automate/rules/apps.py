from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "automate.rules"
