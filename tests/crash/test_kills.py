from __future__ import annotations

import pytest

from tests.crash.kills import PHASES
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow

KILLS = 100


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_kills_lose_nothing_double_nothing_and_leave_nothing_stuck(kind, new_site):
    facts = run_site("kills", *new_site(kind), KILLS=KILLS, LEASE_SECONDS=0.5, MAX_ATTEMPTS=1_000)

    assert sum(facts["hits"].values()) >= KILLS
    assert set(facts["hits"]) == set(PHASES)
    assert facts["rescued"] >= KILLS / 4
    assert set(facts["tasks"]) == {"SUCCESSFUL"}
    assert facts["notes_lost"] == 0
    assert facts["errors"] == ""
