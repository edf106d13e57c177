"""A track covers a record once, finds what is planted in it, and is valid bedGraph or BED."""

import argparse

import numpy as np
import pytest

from apps.dna import commands, sample
from apps.dna.scan import Bin, bed, bedgraph, scan, window_starts
from common.errors import UserError
from common.preprocessing.nucleotides import Record


def _options(**changes):
    given = {
        "scan": True, "window": None, "stride": None, "label": None, "track": "bedgraph", "threshold": 0.5,
        "output": None, "text": None, "file": None, "stdin": None,
    }  # fmt: skip
    return argparse.Namespace(**(given | changes))


@pytest.mark.parametrize(("length", "window", "stride"), [(100, 20, 7), (40, 40, 5), (101, 20, 20)])
def test_windows_lie_inside_and_bins_do_not_overlap(trained, length, window, stride):
    starts = window_starts(length, window, stride)
    assert all(start + window <= length for start in starts)
    assert starts[-1] + stride + window > length
    record = Record("r", "ACGT" * (length // 4 + 1))
    bins = scan(trained, [Record("r", record.sequence[:length])], max(20, window), stride, 1)
    assert [item.end for item in bins[:-1]] == [item.start for item in bins[1:]]
    assert bins[0].start >= 0 and bins[-1].end <= length


def test_a_bin_has_the_probability_of_its_window(trained):
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 90))
    bins = scan(trained, [Record("r", letters)], 40, 10, 1)
    windows = [Record("w", letters[start : start + 40]) for start in range(0, 51, 10)]
    expected = trained.outputs(windows, "")["probabilities"][:, 1]
    np.testing.assert_allclose([item.probability for item in bins], expected, atol=1e-5)
    assert [(item.start, item.end) for item in bins] == [(15 + s, 25 + s) for s in range(0, 51, 10)]


def test_windows_of_mostly_n_are_passed_over(trained):
    bins = scan(trained, [Record("r", "ACGT" * 10 + "N" * 60 + "ACGT" * 10)], 40, 10, 1)
    starts = {item.start - 15 for item in bins}
    assert {0, 10, 20, 80, 90, 100} <= starts
    assert not {30, 40, 50, 60, 70} & starts


def test_a_record_shorter_than_the_window_is_named(trained):
    with pytest.raises(UserError, match="record short: expected 40 nucleotides or more to scan, found 39"):
        scan(trained, [Record("short", "A" * 39)], 40, 10, 1)


def test_the_formats():
    bins = [
        Bin("c", 10, 20, 0.7),
        Bin("c", 20, 30, 0.9),
        Bin("c", 30, 40, 0.1),
        Bin("c", 40, 50, 0.6),
        Bin("d", 50, 60, 1),
    ]
    assert bedgraph(bins[:1], "dna x") == 'track type=bedGraph name="dna x" viewLimits=0:1\nc\t10\t20\t0.7000\n'
    assert bed(bins, "x", 0.5) == "c\t10\t30\tx\t900\nc\t40\t50\tx\t600\nd\t50\t60\tx\t1000\n"
    assert bed(bins, "x", 1.1) == ""


def test_the_command_writes_a_track(trained, tmp_path, capsys):
    record = sample.draw(1, 60, seed=3)[0].record
    path = tmp_path / "x.fa"
    path.write_text(f">chr1 test\n{record.sequence * 3}\n")
    assert commands.predict(_options(file=str(path), stride=20, label="forward"), trained)
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("track type=bedGraph")
    assert all(len(line.split("\t")) == 4 for line in out[1:])
    commands.predict(_options(file=str(path), output=str(tmp_path / "t.bed"), track="bed", threshold=0.0), trained)
    assert (tmp_path / "t.bed").read_text().startswith("chr1\t")
    assert not commands.predict(_options(scan=False), trained)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window": 10}, "--window: expected 20 to"),
        ({"stride": 0}, "--stride: expected 1 to"),
        ({"stride": 90}, "--stride: expected 1 to"),
        ({"threshold": 2.0}, "--threshold"),
        ({"label": "x"}, "--label: expected a class of forward, reverse, found 'x'"),
    ],
)
def test_flags_out_of_range_are_refused(trained, changes, said):
    with pytest.raises(UserError, match=said):
        commands.predict(_options(text=["A" * 100], **changes), trained)
