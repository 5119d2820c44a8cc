"""System checks: what of a site's settings would make galleries stand still, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.db import router
from django.urls import NoReverseMatch, reverse

from wagtail_autogallery import tables
from wagtail_autogallery.conf import PREFIX, Settings, settings
from wagtail_autogallery.drain.credentials import secrets
from wagtail_autogallery.drain.problems import nobody_drains
from wagtail_autogallery.frontend.specs import MIME_TYPES
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.queue import backends, contract
from wagtail_autogallery.sync import children
from wagtail_autogallery.sync.gallery_fields import (
    containers_with_hidden_galleries,
    gallery_fields,
    stream_fields,
)
from wagtail_autogallery.tasks import runs_at_once, sync_media_to_galleries, task_backends

SHORTEST_SECRET = 32


def check_names(**kwargs: Any) -> Iterable[CheckMessage]:
    known = {PREFIX + name for name in vars(Settings) if name.isupper()}
    for name in sorted(dir(django_settings)):
        if name.startswith(PREFIX) and name not in known:
            yield Warning(
                f"There is no setting {name}.",
                hint=f"Known settings: {', '.join(sorted(known))}.",
                id="wagtail_autogallery.W001",
            )


def check_values(**kwargs: Any) -> Iterable[CheckMessage]:
    choices = {
        "AFTER_RESPONSE": ("auto", "thread", "inline", "off"),
        "AFTER_RESPONSE_TASKS": ("own", "all"),
    }
    for name, allowed in choices.items():
        if getattr(settings, name) not in allowed:
            yield Error(
                f"{PREFIX}{name} is {getattr(settings, name)!r}.",
                hint=f"Use one of {', '.join(map(repr, allowed))}.",
                id="wagtail_autogallery.E002",
            )


def check_images(**kwargs: Any) -> Iterable[CheckMessage]:
    formats, widths = settings.IMAGE_FORMATS, settings.IMAGE_WIDTHS
    if isinstance(formats, str) or not formats or not MIME_TYPES.keys() >= set(formats):
        yield Error(
            f"{PREFIX}IMAGE_FORMATS is {formats!r}.",
            hint=f"Make it a list of {', '.join(map(repr, MIME_TYPES))}, the best first.",
            id="wagtail_autogallery.E002",
        )
    if not widths or not all(isinstance(width, int) and width > 0 for width in widths):
        yield Error(
            f"{PREFIX}IMAGE_WIDTHS is {widths!r}.",
            hint="Make it a list of widths in pixels.",
            id="wagtail_autogallery.E002",
        )


def check_galleries(**kwargs: Any) -> Iterable[CheckMessage]:
    for model in apps.get_models():
        for field in stream_fields(model):
            if model._meta.proxy or field.model is not model:
                continue
            for path, block in containers_with_hidden_galleries(field.stream_block):
                yield Error(
                    f"{model._meta.label}.{field.name}: the gallery in {path!r} would never be "
                    f"filled, because a {type(block).__name__} stores it in a way of its own.",
                    hint="Put it into a StreamBlock, a StructBlock or a ListBlock instead.",
                    obj=model,
                    id="wagtail_autogallery.E015",
                )
        for field in gallery_fields(model):
            if reason := children.why_not(model, field):
                yield Error(
                    f"{model._meta.label}.{field.name}: galleries in child objects (ParentalKey) "
                    f"are part of their parent. These cannot be: {reason}.",
                    hint="Have it point at its parent with a ForeignKey, or put the gallery into "
                    "the parent.",
                    obj=model,
                    id="wagtail_autogallery.E014",
                )


def check_task_backend(**kwargs: Any) -> Iterable[CheckMessage]:
    if settings.TASK_BACKEND not in task_backends.settings:
        yield Error(
            f"{PREFIX}TASK_BACKEND is {settings.TASK_BACKEND!r}, which TASKS does not have.",
            hint=f"Use one of {', '.join(map(repr, task_backends.settings))}.",
            id="wagtail_autogallery.E003",
        )
    backend = task_backends[sync_media_to_galleries.backend]
    if backend.queues and settings.QUEUE not in backend.queues:
        yield Error(
            f"{PREFIX}QUEUE is {settings.QUEUE!r}, a queue that the task backend does not know.",
            hint="Add it to the QUEUES of the backend in TASKS, or use one of "
            f"{', '.join(sorted(map(repr, backend.queues)))}.",
            id="wagtail_autogallery.E004",
        )
    if type(backend).__module__.startswith("django_tasks_db") and not apps.is_installed(
        "django_tasks_db"
    ):
        yield Error(
            "TASKS uses the database backend, but its app is not installed.",
            hint="Add 'django_tasks_db' to INSTALLED_APPS and run 'migrate'.",
            id="wagtail_autogallery.E005",
        )
    if runs_at_once() or type(backend).__name__ == "DummyBackend":
        yield Warning(
            f"The task backend {type(backend).__name__} keeps no queue: what is not done when the "
            "process ends is only done by the next 'autogallery_drain'.",
            hint="Use django_tasks_db.DatabaseBackend in TASKS, or have cron call the command.",
            id="wagtail_autogallery.W006",
        )


def check_library(**kwargs: Any) -> Iterable[CheckMessage]:
    if message := backends.why_unreadable(sync_media_to_galleries.backend):
        yield Warning(
            message,
            hint="Upgrade wagtail-autogallery, or go back to django-tasks-db "
            f"{contract.WRITTEN_FOR}, for which it was written.",
            id="wagtail_autogallery.W013",
        )


def check_secret(**kwargs: Any) -> Iterable[CheckMessage]:
    if any(len(secret) < SHORTEST_SECRET for secret in secrets()):
        yield Error(
            f"{PREFIX}CRON_SECRET is shorter than {SHORTEST_SECRET} characters.",
            hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            id="wagtail_autogallery.E007",
        )
    if not secrets() and not settings.CRON_HEADER and _url_is_mounted():
        yield Warning(
            f"The drain URL is mounted, but {PREFIX}CRON_SECRET is not set: "
            "only users with the permission get in, and cron does not.",
            hint="Set a secret of at least 32 characters, or remove the URL if you do not use it.",
            id="wagtail_autogallery.W008",
        )
    if settings.CRON_HEADER:
        yield Warning(
            f"Anyone who sends the header {settings.CRON_HEADER!r} may start the drain.",
            hint="Keep it only if your host removes that header from requests of others, "
            "and silence this check then.",
            id="wagtail_autogallery.W009",
        )


def check_tables(databases: Sequence[str] | None = None, **kwargs: Any) -> Iterable[CheckMessage]:
    for alias in databases or ():
        if alias != router.db_for_write(Subscription) or sys.argv[1:2] == ["migrate"]:
            continue
        models = list(apps.get_app_config(tables.APP_LABEL).get_models())
        models += backends.tables_of(sync_media_to_galleries.backend)
        if missing := tables.missing_tables(models):
            # Only a warning: a check that fails would keep 'migrate' from its work.
            yield Warning(
                f"The database has no {', '.join(missing)}.",
                hint="Run 'python manage.py migrate'.",
                id="wagtail_autogallery.W010",
            )
        else:
            yield from check_queue()


def check_queue() -> Iterable[CheckMessage]:
    if message := nobody_drains():
        yield Warning(
            message,
            hint="Have cron call 'autogallery_drain --all-queues' each minute, or run 'db_worker'.",
            id="wagtail_autogallery.W012",
        )


def _url_is_mounted() -> bool:
    try:
        reverse("wagtail_autogallery:run")
    except NoReverseMatch:
        return False
    return True


def _as_list(check: Any) -> Any:
    def run(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
        return list(check(**kwargs))

    run.__name__ = check.__name__
    return run


def register_checks() -> None:
    for check in (
        check_names,
        check_values,
        check_images,
        check_galleries,
        check_task_backend,
        check_library,
        check_secret,
    ):
        checks.register(_as_list(check))
    checks.register(_as_list(check_tables), Tags.database)
