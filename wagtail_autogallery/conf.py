"""This app's settings: ``WAGTAIL_AUTOGALLERY_*``, read from Django's settings when used."""

from typing import Any

from django.conf import settings as django_settings

PREFIX = "WAGTAIL_AUTOGALLERY_"


class Settings:
    """
    Every setting with its type and default.

    Reading an attribute asks Django's settings first, so ``override_settings`` just works.
    Two are read once, when ``tasks.py`` is imported, because a task is bound to its backend there:
    ``TASK_BACKEND`` and ``QUEUE``.
    """

    #: Alias of the django-tasks backend (a key of ``TASKS``) the sync is enqueued on.
    TASK_BACKEND: str = "default"

    #: Queue of that backend the sync is enqueued in.
    QUEUE: str = "default"

    #: How many tasks one drain runs when it is not told otherwise.
    DRAIN_LIMIT: int = 10

    def __getattribute__(self, name: str) -> Any:
        default = super().__getattribute__(name)
        return getattr(django_settings, PREFIX + name, default) if name.isupper() else default


settings = Settings()
