from __future__ import annotations

import pytest

from tests.crash.databases import CAN_COPY, thorough
from tests.crash.kills import PHASES
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow


@pytest.fixture
def killed(new_site):
    """What is found after so many kills, with nothing lost, nothing doubled and nothing stuck."""

    def run(kind, kills):
        site = new_site(kind)
        facts = run_site("kills", *site, KILLS=kills, LEASE_SECONDS=0.5, MAX_ATTEMPTS=1_000)
        assert sum(facts["hits"].values()) >= kills
        assert set(facts["tasks"]) == {"SUCCESSFUL"}
        assert facts["notes_lost"] == 0
        assert facts["errors"] == ""
        return facts

    return run


def test_kills_lose_nothing_double_nothing_and_leave_nothing_stuck(killed):
    killed("sqlite", 6)


@thorough
@pytest.mark.parametrize("kind", CAN_COPY)
def test_a_hundred_kills_in_every_phase_do_not_either(kind, killed):
    facts = killed(kind, 100)

    assert set(facts["hits"]) == set(PHASES)
    assert facts["rescued"] >= 100 / 4
