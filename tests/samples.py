"""Parameters of which ``make test`` has a sample only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sample(parameters: Iterable[Any], *sampled: Any) -> list[Any]:
    """:return: All of them, of which those that are not sampled are left to ``make test-all``."""
    parameters = list(parameters)
    assert all(one in parameters for one in sampled), f"{sampled} are not all in {parameters}"
    return [
        pytest.param(
            *(one if isinstance(one, tuple) else [one]),
            marks=[] if one in sampled else pytest.mark.thorough,
        )
        for one in parameters
    ]
