from __future__ import annotations

import pytest

from tests.crash.databases import CAN_COPY, each
from tests.crash.sites import run_site
from tests.samples import sample

pytestmark = pytest.mark.slow

WELL = {"statuses": ["SUCCESSFUL"], "leases": 0}


@pytest.fixture
def live(new_site):
    """Run a life on a new site, with leases of this many seconds."""

    def run(life, kind="sqlite", seconds=1.0):
        return run_site("lives", *new_site(kind), LIFE=life, LEASE_SECONDS=seconds)

    return run


@pytest.mark.parametrize("kind", each(CAN_COPY))
def test_a_lease_is_renewed_while_its_process_lives_also_through_another_connection(kind, live):
    # Long enough that a busy machine does not miss a beat.
    facts = live("long", kind, seconds=3)

    assert facts.items() >= WELL.items()
    assert (facts["alive"], facts["rescued"], facts["exit_code"]) == (1, 0, 0)
    assert facts["done"] == ["x"]


def test_the_task_of_a_killed_drain_is_taken_when_its_lease_is_over_and_not_before(live):
    facts = live("killed", seconds=4)

    assert facts.items() >= WELL.items()
    assert (facts["early"], facts["late"]) == (0, [1, 1])
    assert facts["done"] == ["x"]


@pytest.mark.parametrize("life", sample(["stopped", "overtaken"], "overtaken"))
def test_a_worker_that_was_taken_for_dead_overwrites_nothing_of_its_successor(life, live):
    facts = live(life)

    assert facts.items() >= WELL.items()
    assert facts["exit_codes"] == [0, 0]
    assert facts["unchanged"]
    assert facts.get("warned", True)


def test_a_worker_told_to_exit_in_mid_task_gives_it_back_at_once(live):
    facts = live("told_to_exit", seconds=60)

    assert facts.items() >= WELL.items()
    assert (facts["exit_code"], facts["status"], facts["rescued"]) == (1, "READY", 0)
    assert facts["done"] == ["x"]


def test_a_task_that_kills_whoever_runs_it_is_given_up_and_says_why(live):
    facts = live("deadly", seconds=0.5)

    assert facts["given_up"] == 1
    assert facts["reason"] == (
        "Given up: started 3 times, and each time its process ended before it was done."
    )
    assert facts["done"] == ["after"]
    assert facts["statuses"] == ["FAILED", "SUCCESSFUL"]
