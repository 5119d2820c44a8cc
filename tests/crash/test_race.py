from __future__ import annotations

import pytest

from tests.crash.databases import ALL, each
from tests.crash.race import DRAINS, TASKS, WORKERS
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", each(ALL))
def test_drains_and_workers_at_once_run_each_task_once_and_without_an_error(kind, new_site):
    facts = run_site("race", *new_site(kind))

    assert (facts["lost"], facts["twice"]) == (0, [])
    assert facts["statuses"] == {"SUCCESSFUL": TASKS}
    assert facts["exit_codes"] == [0] * (DRAINS + WORKERS)
    assert (facts["said"], facts["errors"]) == ("", "")
    assert facts["leases_left"] == 0
    # Or it was no race.
    assert facts["processes"] == DRAINS + WORKERS
    assert 0 < facts["by_drains"] < TASKS
