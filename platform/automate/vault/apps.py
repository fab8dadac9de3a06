from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class VaultConfig(AppConfig):
    name = "automate.vault"

    def ready(self) -> None:
        """Raise ImproperlyConfigured if a configured backend of secrets cannot be used."""
        from automate.vault.resolving import backends  # noqa: PLC0415 - its models need the apps to be loaded

        try:
            backends()
        except (ImportError, TypeError) as error:
            raise ImproperlyConfigured(
                f"AUTOMATE_SECRET_BACKENDS names a backend that cannot be used: {error}. It must list database, environment, "
                "or dotted paths of classes, separated by commas"
            ) from None
