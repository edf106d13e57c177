"""Timing by turns: every function meets the same machine."""

from __future__ import annotations

import gc

from export.timing import interleaved


def test_functions_take_turns_and_the_order_moves_on():
    calls: list[str] = []
    found = interleaved({name: lambda name=name: calls.append(name) for name in "ab"}, rounds=3, each=2)
    # one warming call goes before the two timed ones
    assert "".join(calls) == "aaabbb" + "bbbaaa" + "aaabbb"
    assert {name: timing.invocations for name, timing in found.items()} == {"a": 6, "b": 6}


def test_the_slow_function_is_seen_and_the_figures_are_in_order():
    found = interleaved({"slow": lambda: sum(range(20_000)), "quick": lambda: None}, rounds=3, each=5)
    assert found["slow"].min > 5 * found["quick"].min
    assert all(timing.min <= timing.median <= timing.p95 for timing in found.values())


def test_the_garbage_collector_is_as_it_was():
    gc.disable()
    try:
        interleaved({"a": lambda: None}, rounds=1, each=1)
        assert not gc.isenabled()
    finally:
        gc.enable()
    interleaved({"a": lambda: None}, rounds=1, each=1)
    assert gc.isenabled()
