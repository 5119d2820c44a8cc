"""
Do the work after the response has been sent, in the process that sent it.

One thread for the process, started when there is something to do and gone when there is not. Not a
daemon: on most servers it then finishes the task in hand when the server is told to stop. What is
not done, because the process was killed or the host stops processes after a response, cron does.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
import time
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished
from django.db import connections
from django.utils import timezone

from wagtail_autogallery import tables
from wagtail_autogallery.conf import settings
from wagtail_autogallery.drain.draining import drain_after_response
from wagtail_autogallery.queue import backends, questions, wakeup
from wagtail_autogallery.queue.leases import WORKER_PREFIX
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.queue.wakeup import Work
from wagtail_autogallery.tasks import sync_media_to_galleries

logger = logging.getLogger(__name__)

#: A resident worker of django-tasks-db looks for work once a second.
WORKER_POLL_SECONDS = 1.2
WORKER_SEEN_WITHIN = timedelta(minutes=5)
GLANCE_SECONDS = 0.1

_lock = threading.Lock()
_thread: threading.Thread | None = None


def work_after_response(sender: Any, **kwargs: Any) -> None:
    """
    Receiver of Django's ``request_finished``.

    Looks at the sender because the test client sends that signal too, from wherever it is used;
    only a server's handler has responses to come after. Never raises: that would end the
    connection.
    """
    try:
        if not (inspect.isclass(sender) and issubclass(sender, BaseHandler)):
            return
        if not wakeup.was_asked():
            return
        mode = how_to_work()
        if mode == "thread":
            _start_thread()
        elif mode == "inline":
            _work_inline()
    except Exception:
        logger.exception("Could not start the work after the response; cron will do it")


def how_to_work() -> str:
    """:return: ``"thread"``, ``"inline"`` or ``"off"``: as set, or as is right on this host."""
    mode: str = settings.AFTER_RESPONSE
    return _right_for_this_host() if mode == "auto" else mode


def _right_for_this_host() -> str:
    if os.environ.get("VERCEL"):
        # The function ends with the response, but waits for what the signal's receivers do.
        return "inline"
    if os.environ.get("AWS_LAMBDA_FUNCTION_NAME") or os.environ.get("PYTHONANYWHERE_SITE"):
        # Frozen after the response; no threads.
        return "off"
    try:
        import uwsgi
    except ImportError:
        return "thread"
    return "thread" if uwsgi.opt.get("enable-threads") or uwsgi.opt.get("threads") else "off"


def _start_thread() -> None:
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(
                target=_work, name="autogallery-after-response", daemon=False
            )
            _thread.start()


def _forget_thread_of_parent() -> None:
    """A forked process has neither its parent's thread nor a claim on its lock."""
    global _lock, _thread
    _lock, _thread = threading.Lock(), None


os.register_at_fork(after_in_child=_forget_thread_of_parent)


def _work() -> None:
    """What the thread does."""
    global _thread
    try:
        while _main_thread_lives():
            work = _wait_for_quiet()
            if not _main_thread_lives():
                return
            report = _drain(work, settings.AFTER_RESPONSE_TIME_BUDGET, keep_on=_main_thread_lives)
            with _lock:
                # Under the lock, so that a request that asks now finds either us or nobody.
                if not wakeup.was_asked():
                    _leave_to_next_response(work, report)
                    _thread = None
                    return
    except Exception:
        logger.exception("The work after the response failed; cron will do it")
    finally:
        connections.close_all()


def _work_inline() -> None:
    if find_spec("vercel") and _handed_to_vercel():
        return
    _work_as_long_as_a_request_may()


def _work_as_long_as_a_request_may() -> None:
    """Pictures take as long as they are given, and the host ends a request that takes too long."""
    if work := wakeup.take():
        time_budget = min(settings.AFTER_RESPONSE_TIME_BUDGET, settings.RUN_TIME_BUDGET)
        _leave_to_next_response(work, _drain(work, time_budget))


def _leave_to_next_response(work: Work, report: Report) -> None:
    """What was too much for one response is taken up after the next one, if cron is not sooner."""
    if report.is_unfinished:
        wakeup.ask(Work.OWN if Work.OWN in work else Work.TASKS)


def _handed_to_vercel() -> bool:
    """Let Vercel's runtime keep the function alive for the work, where it is new enough."""
    try:
        from vercel.functions import wait_until
    except ImportError:
        return False

    def work() -> None:
        try:
            _work_as_long_as_a_request_may()
        except Exception:
            logger.exception("The work after the response failed; cron will do it")
        finally:
            connections.close_all()

    coroutine = asyncio.to_thread(work)
    wait_until(coroutine)
    # Outside of a function's invocation it closes what it is given.
    return inspect.getcoroutinestate(coroutine) != inspect.CORO_CLOSED


def _drain(work: Work, time_budget: float, **options: Any) -> Report:
    if not tables.are_there():
        return Report()
    return drain_after_response(work, time_budget=time_budget, **options)


def _wait_for_quiet() -> Work:
    """
    Wait until no galleries were asked for in the quiet period: a burst of uploads is one run.

    Other tasks wait just as long as gives a resident worker the first chance. While one is at it,
    all wait, but not for ever.

    :return: What was asked for.
    """
    quiet = _quiet_period()
    # Whoever only waits needs no connection, and a pool has few.
    connections.close_all()
    work = wakeup.take()
    now = time.monotonic()
    latest = now + max(quiet, settings.QUIET_PERIOD_MAX)
    until = now + (quiet if Work.OWN in work else min(quiet, WORKER_POLL_SECONDS))
    while (now := time.monotonic()) < min(until, latest) and _main_thread_lives():
        time.sleep(min(GLANCE_SECONDS, min(until, latest) - now))
        more = wakeup.take()
        if Work.OWN in more:
            until = time.monotonic() + quiet
        work |= more
    while time.monotonic() < latest and _main_thread_lives() and _has_worker_at_work():
        connections.close_all()
        time.sleep(WORKER_POLL_SECONDS / 2)
    return work


def _quiet_period() -> float:
    quiet: float = settings.QUIET_PERIOD
    if quiet < WORKER_POLL_SECONDS and _has_resident_worker():
        return WORKER_POLL_SECONDS
    return quiet


def _has_resident_worker(within: timedelta = WORKER_SEEN_WITHIN) -> bool:
    """Whether somebody else works on this queue, and should be left to."""
    if not backends.is_readable(sync_media_to_galleries.backend):
        return False
    since = timezone.now() - within
    return questions.started_by_others_since(
        Queue(sync_media_to_galleries.backend), WORKER_PREFIX, since
    )


def _has_worker_at_work() -> bool:
    """Whether it takes one task after the other right now, and may well come to the last one."""
    return _has_resident_worker(timedelta(seconds=WORKER_POLL_SECONDS))


def _main_thread_lives() -> bool:
    return threading.main_thread().is_alive()


def connect() -> None:
    request_finished.connect(
        work_after_response, dispatch_uid="wagtail_autogallery.work_after_response"
    )
