from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from wagtail_autogallery.models import Lease, LeaseQuerySet
from wagtail_autogallery.queue import leases

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lease_lives_while_it_is_held_and_is_gone_afterwards():
    with leases.held_by("me"):
        assert Lease.objects.alive().filter(worker_id="me").exists()

    assert not Lease.objects.exists()
    assert not any(thread.name == "lease-me" for thread in threading.enumerate())


@override_settings(WAGTAIL_AUTOGALLERY_LEASE_SECONDS=0.3)
def test_it_is_renewed_for_as_long_as_it_is_held():
    if connection.vendor == "sqlite":
        pytest.skip("a second thread cannot write to SQLite's in-memory test database")
    renewed = threading.Event()
    with leases.held_by("me"):
        first = Lease.objects.get().expires_at
        for _ in range(100):
            if Lease.objects.get().expires_at > first:
                renewed.set()
                break
            threading.Event().wait(0.05)

    assert renewed.is_set()


@override_settings(WAGTAIL_AUTOGALLERY_LEASE_SECONDS=0.03)
def test_a_database_that_is_away_does_not_stop_the_heart(monkeypatch, caplog):
    beats = threading.Semaphore(0)
    monkeypatch.setattr(leases, "_renew", lambda worker_id: fail(beats))

    def fail(beats):
        beats.release()
        raise OperationalError("The server is gone")

    heart = threading.Thread(target=leases._beat, args=("me", done := threading.Event()))
    heart.start()
    assert beats.acquire(timeout=10)
    assert beats.acquire(timeout=10)
    done.set()
    heart.join(10)

    assert not heart.is_alive()
    assert "Could not renew the lease of me" in caplog.text
    assert "The server is gone" in caplog.text


def test_a_lease_that_cannot_be_removed_does_not_hide_what_ended_the_work(monkeypatch, caplog):
    def fail(self):
        raise OperationalError("The server is gone")

    with pytest.raises(SystemExit), leases.held_by("me"):  # noqa: PT012
        monkeypatch.setattr(LeaseQuerySet, "delete", fail)
        raise SystemExit(1)

    assert "Could not remove the lease of me" in caplog.text
