from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.factories import PlainPageFactory, page_with
from tests.reports.people import client_of, make_person


@dataclass
class Sections:
    """Two parts of a site, each with editors of its own."""

    here: Any
    elsewhere: Any

    def page_here(self, *galleries: Any, **fields: Any) -> Any:
        return page_with(*galleries, parent=self.here, **fields)

    def client_of(self, who: str) -> Client:
        return client_of(who, self.here, self.elsewhere)

    def editor_here(self, **options: Any) -> Any:
        """Somebody who sees the reports, and edits the pages of this part only."""
        return make_person("editor-here", self.here, **options)


@pytest.fixture
def sections(db) -> Sections:
    return Sections(PlainPageFactory(title="Here"), PlainPageFactory(title="Elsewhere"))
