from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "automate.workflows"
