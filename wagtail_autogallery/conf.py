"""This app's settings: ``WAGTAIL_AUTOGALLERY_*``, read from Django's settings when used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings as django_settings

PREFIX = "WAGTAIL_AUTOGALLERY_"


class Settings:
    """
    Every setting with its type and default; ``docs/settings.md`` explains each.

    Reading an attribute asks Django's settings first, so ``override_settings`` just works.
    Two are read once, when ``tasks.py`` is imported, because a task is bound to its backend there:
    ``TASK_BACKEND`` and ``QUEUE``.
    """

    TASK_BACKEND: str = "default"
    QUEUE: str = "default"

    AFTER_RESPONSE: str = "auto"
    AFTER_RESPONSE_TASKS: str = "own"
    AFTER_RESPONSE_LIMIT: int = 200
    AFTER_RESPONSE_TIME_BUDGET: float = 30.0
    QUIET_PERIOD: float = 2.0
    QUIET_PERIOD_MAX: float = 10.0

    SYNC_HELPERS: int | None = None

    DRAIN_LIMIT: int = 10
    DRAIN_LIMIT_MAX: int = 500
    RUN_TIME_BUDGET: float = 8.0
    LEASE_SECONDS: float = 60.0
    MAX_ATTEMPTS: int = 3
    GIVE_UP_AFTER_HOURS: float = 24.0
    PRUNE_AFTER_DAYS: int | None = 30

    NOTIFY: bool = False

    IMAGE_FORMATS: Sequence[str] = ("webp",)
    IMAGE_WIDTHS: Sequence[int] = (400, 800, 1200)
    LIGHTBOX_SIZE: int = 2000
    API_RENDITIONS: Sequence[str] | None = None

    CRON_SECRET: str | Sequence[str] = ""
    CRON_HEADER: str = ""
    STATUS_MAX_AGE: float = 900.0

    def __getattribute__(self, name: str) -> Any:
        default = super().__getattribute__(name)
        return getattr(django_settings, PREFIX + name, default) if name.isupper() else default


settings = Settings()
