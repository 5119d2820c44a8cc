"""The README, followed to the letter, ends with a picture on a public page."""

from __future__ import annotations

import pytest

from tests.packaging.newcomer import Newcomer
from tests.packaging.processes import ROOT
from tests.packaging.readme import Command, Edit, steps_of

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

README = (ROOT / "README.md").read_text()
MOST_STEPS = 10
NEW_PROJECT = Command("wagtail start mysite .")


@pytest.fixture
def newcomer(tmp_path, wheel):
    newcomer = Newcomer(tmp_path, wheel)
    yield newcomer
    newcomer.leave()


def test_it_leads_a_newcomer_to_the_first_picture_in_ten_steps(newcomer):
    install, *steps, page, pictures = steps_of(README, "Install")
    assert len([install, *steps, page, pictures]) <= MOST_STEPS
    assert f"`{NEW_PROJECT.line}`" in README

    newcomer.type(install)
    newcomer.type(NEW_PROJECT)
    for step in steps:
        if isinstance(step, Edit):
            newcomer.edit(step)
        else:
            newcomer.type(step)
    newcomer.publish_page(page)
    shown = newcomer.drop_pictures(pictures, "harbor", "dunes", "lighthouse")

    assert len(shown) == 3
    assert "Traceback" not in newcomer.log.read_text()
