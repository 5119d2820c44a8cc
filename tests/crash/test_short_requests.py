from __future__ import annotations

import pytest

from tests.crash.short_requests import HOLDERS
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow


def test_where_requests_are_killed_after_a_while_each_tick_makes_progress(new_site):
    ticks = run_site("short_requests", *new_site("sqlite"), LEASE_SECONDS=0.5)[
        "done_after_each_tick"
    ]

    assert ticks == sorted(set(ticks))
    assert 0 < ticks[0] < ticks[-1] == HOLDERS
