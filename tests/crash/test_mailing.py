from __future__ import annotations

import pytest

from tests.crash.databases import ALL, each
from tests.crash.mailing import PAGES, ROUNDS, WORKERS
from tests.crash.sites import run_site

pytestmark = pytest.mark.slow

PEOPLE = 2


@pytest.mark.parametrize("kind", each(ALL))
def test_two_workers_that_mail_at_once_send_each_mail_once(kind, new_site):
    facts = run_site("mailing", *new_site(kind))

    assert facts["exit_codes"] == [0] * WORKERS * ROUNDS
    assert (facts["said"], facts["errors"]) == ("", "")
    assert facts["different"] == PAGES * PEOPLE
    assert facts["times"] == [ROUNDS]
    assert facts["left"] == 0
    # Or they were not at it together.
    assert facts["workers"] > ROUNDS
