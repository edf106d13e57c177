"""Ragged arrays, their cache on disk, and length-bucketed batches."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.data.batches import TrainingBatches, bucket_width, by_length, gather
from common.data.cache import load_arrays, save_arrays, save_parts
from common.data.ragged import Arrays, Ragged, in_parts, joined

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=30), min_size=1, max_size=40)


@given(ROWS)
def test_rows_come_back(rows: list[list[int]]) -> None:
    ragged = Ragged.from_rows(rows, np.int32)
    assert [list(row) for row in ragged] == rows
    assert ragged.lengths.tolist() == [len(row) for row in rows]
    assert len(ragged) == len(rows)


def test_no_rows_and_empty_rows() -> None:
    assert len(Ragged.from_rows([], np.int32)) == 0
    assert Ragged.from_rows([[], []], np.int32).lengths.tolist() == [0, 0]


def test_padding_is_zero_and_longer_rows_are_cut() -> None:
    ragged = Ragged.from_rows([[1], [2, 3, 4]], np.int32)
    np.testing.assert_array_equal(ragged.padded(np.array([1, 0]), 2), [[2, 3], [1, 0]])


def test_the_cache_gives_back_what_it_got(tmp_path: Path) -> None:
    ragged = Ragged.from_rows([np.ones((2, 3)), np.zeros((0, 3)), np.full((1, 3), 5)], np.float16)
    save_arrays(tmp_path / "a", {"channel": ragged, "lengths": np.array([2, 0, 1], np.int32)})
    found = load_arrays(tmp_path / "a")
    assert set(found) == {"channel", "lengths"}
    np.testing.assert_array_equal(found["channel"].values, ragged.values)  # type: ignore[union-attr]
    assert found["channel"].values.dtype == np.float16  # type: ignore[union-attr]


def _encode(rows: Sequence[list[int]]) -> Arrays:
    tokens = Ragged.from_rows(rows, np.int32)
    return {"tokens": tokens, "lengths": tokens.lengths, "pairs": np.zeros((len(rows), 2), np.float16)}


@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), max_size=12), st.integers(1, 5))
def test_parts_are_written_as_the_whole_is_byte_for_byte(rows: list[list[int]], size: int) -> None:
    whole = _encode(rows)
    for name, array in joined(in_parts(_encode, rows, size)).items():
        assert isinstance(array, Ragged) == isinstance(whole[name], Ragged)
        assert [np.asarray(row).tolist() for row in array] == [np.asarray(row).tolist() for row in whole[name]]
    with tempfile.TemporaryDirectory() as folder:
        save_arrays(Path(folder) / "whole", whole)
        save_parts(Path(folder) / "parts", in_parts(_encode, rows, size))
        files = sorted((Path(folder) / "whole").iterdir())
        assert len(files) == 4
        for file in files:
            assert (Path(folder) / "parts" / file.name).read_bytes() == file.read_bytes(), file.name


def test_parts_of_different_kinds_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="parts differ"):
        save_parts(tmp_path, [{"a": np.zeros((2, 3))}, {"a": np.zeros((2, 4))}])


def test_writing_parts_needs_the_memory_of_a_part(tmp_path: Path) -> None:
    def encode(numbers: Sequence[int]) -> Arrays:
        return {"rows": np.full((len(numbers), 1000), numbers[0], np.float32)}

    tracemalloc.start()
    save_parts(tmp_path, in_parts(encode, range(8192)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert load_arrays(tmp_path)["rows"].shape == (8192, 1000)
    assert peak < 4 * 1024 * 1000 * 4  # of 8 such parts


def test_a_span_of_rows_is_a_view() -> None:
    ragged = Ragged.from_rows([[1], [], [2, 3], [4]], np.int32)
    part = ragged.span(1, 3)
    assert [row.tolist() for row in part] == [[], [2, 3]]
    assert np.shares_memory(part.values, ragged.values)
    assert len(ragged.span(4, 4)) == 0


@given(st.integers(1, 5000))
def test_a_bucket_holds_its_row_and_wastes_little(length: int) -> None:
    width = bucket_width(length)
    assert length <= width <= max(8, length + max(8, length // 2), length + 63)
    assert bucket_width(width) == width


@given(ROWS, st.integers(1, 7), st.integers(0, 3))
def test_an_epoch_holds_every_row_once(rows: list[list[int]], batch_size: int, epoch: int) -> None:
    tokens = Ragged.from_rows(rows, np.int32)
    batches = TrainingBatches({"tokens": tokens}, np.arange(len(rows)), batch_size, seed=1)
    batches.epoch = epoch
    targets = [target for _, targets in batches for target in targets]
    assert sorted(targets) == list(range(len(rows)))
    assert len(batches) == len(list(batches))


def test_the_plan_depends_on_seed_and_epoch_alone() -> None:
    tokens = Ragged.from_rows([[1] * (1 + i % 13) for i in range(100)], np.int32)

    def plan(seed: int, epoch: int) -> list[int]:
        return [row for rows in TrainingBatches({"t": tokens}, np.arange(100), 8, seed).plan(epoch) for row in rows]

    assert plan(1, 5) == plan(1, 5)
    assert plan(1, 5) != plan(1, 6)
    assert plan(1, 5) != plan(2, 5)


def test_prediction_batches_cover_all_rows_with_one_width_each() -> None:
    tokens = Ragged.from_rows([[1] * n for n in (5, 60, 1, 30, 200)], np.int32)
    seen = []
    for rows in by_length({"tokens": tokens}, 2):
        batch = gather({"tokens": tokens, "lengths": tokens.lengths}, rows)
        assert batch["tokens"].shape == (len(rows), bucket_width(int(batch["lengths"].max())))
        seen += rows.tolist()
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_packing_many_rows_needs_little_more_than_what_comes_out() -> None:
    rows, length = 100_000, 5
    tracemalloc.start()
    ragged = Ragged.from_rows((np.full(length, row, np.int64) for row in range(rows)), np.int64)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(ragged.values.reshape(rows, length), np.repeat(np.arange(rows), length).reshape(rows, length))
    assert ragged.offsets[-1] == rows * length
    assert peak < 3.5 * ragged.values.nbytes  # a list of so short arrays alone takes more
