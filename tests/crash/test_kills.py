from __future__ import annotations

import pytest

from tests.crash.databases import CAN_COPY, thorough
from tests.crash.kills import PHASES
from tests.crash.kills_in_mid_decision import IN_DECIDING
from tests.crash.sites import run_site
from tests.samples import sample

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


@pytest.fixture
def killed_in_mid_decision(new_site):
    """What is found after so many kills, none of which left a holder half as before."""

    def run(work, kind, kills):
        facts = run_site(
            "kills_in_mid_decision",
            *new_site(kind),
            WORK=work,
            KILLS=kills,
            LEASE_SECONDS=0.5,
            MAX_ATTEMPTS=1_000,
        )
        assert sum(facts["hits"].values()) >= kills
        assert facts["errors"] == ""
        return facts

    return run


@pytest.mark.parametrize("work", sample(["undo", "offer"], "undo"))
def test_kills_leave_what_is_undone_or_offered_as_before_or_as_after(work, killed_in_mid_decision):
    killed_in_mid_decision(work, "sqlite", 6)


@thorough
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("work", ["undo", "offer"])
def test_forty_kills_in_every_phase_do_so_too(work, kind, killed_in_mid_decision):
    facts = killed_in_mid_decision(work, kind, 40)

    # The drains that came after found both.
    assert set(facts["seen"]) == {"as before", "as after"}
    assert "in a transaction that writes a holder" in facts["hits"]
    assert (IN_DECIDING in facts["hits"]) == (work == "undo")
