"""Splits are honest, other data is mapped onto a run's labels, and inspection tells what a person should know."""

import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sentiment import data
from apps.sentiment.duplicates import contained_share, key_of, keys_of, normalised, repeated_across
from apps.sentiment.source import Source
from common.data.splits import TRAIN, Examples
from common.errors import UserError


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 15), st.sampled_from(["a", "b"])), min_size=8, max_size=60),
    seed=st.integers(0, 99),
)
def test_equal_texts_never_cross_a_split_that_we_make(rows, seed, Config, sizes):
    texts = [("Tëxt  {}" if i % 2 else "te\u0308xt {}").format(number) for i, (number, _) in enumerate(rows)]
    given_rows = Examples(texts, [name for _, name in rows], [f"f:{i}" for i in range(len(rows))])
    config = Config(seed=seed)
    try:
        splits = data._splits(config, "f", Source({TRAIN: given_rows}, "made up", undivided=True))
    except UserError:
        return
    assert repeated_across(keys_of(splits.parts)) == {}
    assert sum(sizes(splits).values()) == len(rows)
    assert {name for name, part in splits.items() if len(part)} == {"train", "validation", "test"}


def test_duplicates_that_cross_official_splits_are_kept_and_counted(tmp_path, put, table, load):
    put(
        tmp_path,
        {
            "train.tsv": table(40),
            "dev.tsv": table(3, word="dev"),
            "test.tsv": "text\tlabel\nWORDS  number 1\t1\nnew\t0\n",
        },
    )
    splits = load(tmp_path)
    assert len(splits["test"]) == 2
    assert "1 distinct text stands in both train and test" in splits.notes


def test_held_out_phrases_of_training_sentences_are_told(tmp_path, put, table, load):
    rows = [f"w{i} x{i} y{i} z{i}" for i in range(100)]
    phrases = [f"{a} {b}" for a, b in pairwise(rows)] + [f"{row} end" for row in rows]
    text = "text\tlabel\n" + "".join(f"{phrase}\t{i % 2}\n" for i, phrase in enumerate(phrases + rows))
    splits = load(put(tmp_path, {"train.tsv": text, "dev.tsv": table(4)}))
    assert any("test metrics are optimistic" in note for note in splits.notes)


def test_the_split_depends_on_the_seed_alone(tmp_path, put, table, load):
    path = put(tmp_path, {"a.tsv": table(60)}) / "a.tsv"
    assert load(path).parts == load(path).parts
    assert load(path)["test"].inputs != load(path, seed=1)["test"].inputs


def test_normalised_texts_ignore_case_blanks_and_unicode_form():
    assert normalised("  Caf\u00e9\tSTRASSE ") == normalised("cafe\u0301 stra\u00dfe\n") == "caf\u00e9 strasse"


def test_contained_share_counts_texts_of_known_runs():
    assert contained_share(["a b c d e", "a b c x y", "short"], ["z a b c d e"]) == 0.5
    assert contained_share(["short"], ["a b c d"]) == 0.0


def test_a_lone_file_is_evaluated_whole_and_mapped_onto_the_runs_labels(tmp_path, Config, put):
    path = put(tmp_path, {"a.csv": "text,label\na,pos\nb,neg\n"}) / "a.csv"
    part = data.load_evaluation(Config(), str(path), ("neg", "pos"), None)
    assert (part.inputs, part.targets) == (["a", "b"], [1, 0])


def test_a_named_split_of_a_lone_file_is_the_one_that_training_would_hold_out(tmp_path, Config, put, table, load):
    path = put(tmp_path, {"a.csv": table(50, ",")}) / "a.csv"
    part = data.load_evaluation(Config(), str(path), ("0", "1"), "test")
    assert part == load(path)["test"]


def test_official_splits_are_found_by_name_and_test_is_the_default(tmp_path, Config, put, table):
    put(tmp_path, {"train.tsv": table(30), "dev.tsv": table(4, word="dev"), "test.tsv": table(6, word="test")})
    sizes_found = [
        len(data.load_evaluation(Config(), str(tmp_path), ("0", "1"), name))
        for name in (None, "test", "validation", "train")
    ]
    assert sizes_found == [6, 6, 4, 30]


def test_a_folder_without_a_test_split_asks_for_the_part(tmp_path, Config, put, table):
    put(tmp_path, {"train.tsv": table(30), "dev.tsv": table(4, word="dev")})
    with pytest.raises(UserError, match="expected a test split, found train, validation; choose the part to evaluate"):
        data.load_evaluation(Config(), str(tmp_path), ("0", "1"), None)


def test_a_label_that_the_run_does_not_know_is_named_with_its_line(tmp_path, Config, put):
    path = put(tmp_path, {"a.csv": "text,label\na,pos\nb,meh\n"}) / "a.csv"
    with pytest.raises(UserError, match=r"a\.csv:3: expected a label of neg, pos, found 'meh'"):
        data.load_evaluation(Config(), str(path), ("neg", "pos"), None)


def test_the_sample_can_be_evaluated_and_an_unknown_split_is_an_error(Config):
    assert len(data.load_evaluation(Config(), "sample", ("negative", "positive"), None)) == 40
    with pytest.raises(UserError, match="expected a split of train, validation, test, found 'dev'"):
        data.load_evaluation(Config(), "sample", ("negative", "positive"), "dev")
    with pytest.raises(UserError, match="expected a label of 0, 1, found 'negative'"):
        data.load_evaluation(Config(), "sample", ("0", "1"), None)


def test_inspection_tells_counts_lengths_duplicates_and_conflicts(tmp_path, Config, put, table, load):
    train = table(40) + "Words number 3\t0\n"
    put(
        tmp_path,
        {"train.tsv": train, "dev.tsv": table(3, word="dev"), "test.tsv": table(2), "unsup.txt": "words number 1\nx\n"},
    )
    text = "\n".join(data.inspect(Config(), load(tmp_path)))
    assert "train        41 texts (0 21, 1 20); words min 3, median 3, p90 3, max 3" in text
    assert "1 within train, 0 within validation" in text
    assert "2 in both train and test" in text
    assert "1 equal texts with different labels" in text
    assert f"{tmp_path}/train.tsv:5 against {tmp_path}/train.tsv:42" in text
    assert "unlabelled   2 texts, 1 of them in test" in text
    assert "bad rows     none" in text


def test_inspection_of_the_sample_says_that_it_is_synthetic(Config):
    assert "synthetic" in data.inspect(Config(), data.load(Config()))[0]


REAL = Path(os.environ.get("UNROLL_DATA") or "absent") / "sentiment"


@pytest.mark.skipif(not (REAL / "imdb").is_dir(), reason="UNROLL_DATA has no sentiment/imdb")
def test_the_real_aclimdb_has_its_known_counts(load, sizes):
    splits = load(REAL / "imdb")
    assert sizes(splits) == {"train": 22_500, "validation": 2_500, "test": 25_000}
    assert len(splits.unlabelled) == 50_000
    crossing = repeated_across(keys_of(splits.parts))
    assert crossing["train", "test"] + crossing["validation", "test"] == 123


@pytest.mark.skipif(not (REAL / "sst2").is_dir(), reason="UNROLL_DATA has no sentiment/sst2")
def test_the_real_sst_has_its_known_counts(load, sizes):
    assert sizes(load(REAL / "sst2" / "stsa.binary")) == {"train": 6_920, "validation": 872, "test": 1_821}
    assert sizes(load(REAL / "sst2" / "stsa.fine.train")) == {"train": 8_544, "validation": 1_101, "test": 2_210}
    glue = sizes(load(REAL / "sst2"))
    assert glue["train"] + glue["test"] == 67_349
    assert glue["validation"] == 872


def test_long_texts_have_short_keys() -> None:
    texts = ["a long text " * 1000 + ending for ending in ("x", "y", " X")]
    keys = keys_of({"train": Examples(texts, [0, 1, 0])})["train"]
    assert keys[0] == key_of(texts[0].upper()) != keys[1]
    assert max(map(sys.getsizeof, keys)) < 60
