"""Backends for tasks and mails of a site in trouble."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django_tasks_db.compat import BaseTaskBackend


class RefusingBackend(BaseTaskBackend):
    """A backend whose broker does not answer."""

    supports_defer = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        raise ConnectionRefusedError("The broker does not answer")


class NotingMailServer(BaseEmailBackend):
    """A mail server that notes, for all processes, who has sent what to whom."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            # One write, which the system appends as a whole.
            file = os.open(settings.CRASH_DIR / "mails", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(file, f"{os.getpid()}\t{message.to[0]}\t{message.subject}\n".encode())
            os.close(file)
        return len(messages)
