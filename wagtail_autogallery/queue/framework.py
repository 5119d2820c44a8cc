"""Django's tasks, or the backport where Django has none: the choice of ``django_tasks_db``."""

from __future__ import annotations

from importlib.util import find_spec

# A backend decides the class of a task, but the import has to exist.
if find_spec("django.tasks"):  # pragma: no cover
    from django.tasks import TaskResultStatus as TaskResultStatus
    from django.tasks import task as task
    from django.tasks import task_backends as task_backends
    from django.tasks.signals import task_finished as task_finished
    from django.tasks.signals import task_started as task_started

    LOGGER = "django.tasks"
else:  # pragma: no cover
    from django_tasks import TaskResultStatus as TaskResultStatus  # type: ignore[no-redef]
    from django_tasks import task as task  # type: ignore[no-redef]
    from django_tasks import task_backends as task_backends  # type: ignore[no-redef]
    from django_tasks.signals import task_finished as task_finished  # type: ignore[no-redef]
    from django_tasks.signals import task_started as task_started  # type: ignore[no-redef]

    LOGGER = "django_tasks"
