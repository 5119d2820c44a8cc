from __future__ import annotations

import pytest

from tests.crash.databases import CAN_COPY, each, thorough
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow


def test_an_upload_succeeds_where_the_broker_refuses_and_the_next_drain_does_the_work(new_site):
    backend = "tests.crash.backends.RefusingBackend"
    facts = run_site("outages", *new_site("sqlite"), AT="enqueue_without_broker", BACKEND=backend)

    assert (facts["status_code"], facts["uploaded"]) == (302, 1)
    assert "The broker does not answer" in facts["errors"]
    assert facts["on_page"]


@pytest.mark.parametrize("kind", each(CAN_COPY))
def test_an_upload_succeeds_where_the_queue_has_no_table_and_is_synced_later(kind, new_site):
    facts = run_site("outages", *new_site(kind), AT="enqueue_without_table")

    assert (facts["status_code"], facts["uploaded"]) == (302, 1)
    assert "Could not enqueue the gallery sync" in facts["errors"]
    assert facts["on_page"]


@thorough
def test_a_connection_lost_at_the_claim_is_an_error_and_loses_nothing(new_site):
    facts = run_site("outages", *new_site("postgresql"), AT="claim", LEASE_SECONDS=1)

    assert "terminating connection" in facts["raised"]
    assert facts["done"] == []
    assert facts["finally_done"] == ["a"]
    assert (facts["statuses"], facts["leases"]) == ({"SUCCESSFUL": 1}, 0)


@thorough
def test_a_connection_lost_in_mid_task_does_not_lose_its_result(new_site):
    facts = run_site("outages", *new_site("postgresql"), AT="finish", LEASE_SECONDS=1)

    assert (facts["ran"], facts["succeeded"], facts["rescued"]) == (2, 2, 0)
    assert facts["finally_done"] == ["a", "b"]
    assert (facts["statuses"], facts["leases"]) == ({"SUCCESSFUL": 2}, 0)


@thorough
def test_a_database_lost_in_mid_task_is_told_and_repaired(new_site):
    facts = run_site("outages", *new_site("postgresql"), AT="finish_for_good", LEASE_SECONDS=1)

    assert facts["exit_codes"] == [1, 1]
    for status_code, answer in facts["answers"]:
        assert status_code == 503
        assert answer == {"success": False, "error": "The database is not reachable."}
    assert facts["left_running"] == 1
    assert "is not currently accepting connections" in facts["said"]
    assert facts["rescued"] == 1
    assert facts["finally_done"] == ["a", "a", "b"]
    assert (facts["statuses"], facts["leases"]) == ({"SUCCESSFUL": 2}, 0)
