from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "automate.triggers.schedules"
