from __future__ import annotations

import pytest

from tests.crash.databases import ALL, thorough
from tests.crash.sites import run_site
from tests.crash.together import DRAINS, EDITORS, UPLOADERS, WORKERS

pytestmark = pytest.mark.slow

OPERATIONS = 2_000


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("sqlite", 4), *(pytest.param(kind, 60, marks=thorough) for kind in ALL)],
)
def test_editors_uploaders_and_drains_at_once_lose_and_double_nothing(kind, seconds, new_site):
    facts = run_site("together", *new_site(kind), SECONDS=seconds, OPERATIONS=OPERATIONS)

    # What went wrong says more than that it did.
    assert (facts["said"], facts["errors"]) == ("", ""), facts["seed"]
    assert facts["exit_codes"] == [0] * (EDITORS + UPLOADERS + DRAINS + WORKERS)
    assert facts["faults"] == []
    assert set(facts["tasks"]) == {"SUCCESSFUL"}
    assert facts["states"] == {"following": 6}
    assert facts["leases_left"] == 0
    # Or they were not at it together.
    assert facts["by_drains"] > 0
    assert facts["by_workers"] > 0
    assert facts["offered"] > 0
    assert seconds < 60 or facts["undone"] + facts["added"] > 0
