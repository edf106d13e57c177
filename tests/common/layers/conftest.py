"""Blocks of few steps, so that small sequences span several of them and they are compiled soon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.layers import acceleration, min_gru_blocks

STEPS_A_BLOCK = 3


@pytest.fixture(scope="module")
def few_steps_a_block() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (acceleration, min_gru_blocks):
            patch.setattr(module, "BLOCK", STEPS_A_BLOCK)
            module._compiled_blocks.cache_clear()
        yield STEPS_A_BLOCK
    for module in (acceleration, min_gru_blocks):
        module._compiled_blocks.cache_clear()
