"""The generated reviews follow a rule of word order, the same each time, and a bag of words cannot read it."""

import re

import pytest

from apps.sentiment import sample
from apps.sentiment.duplicates import keys_of, repeated_across, repeated_within
from common.errors import UserError


def by_the_rule(text: str) -> int:
    """The label by the grammar's own rule: the deciding clause, its adjective, turned over by a negator."""
    sentence = next(part for part in text.split(" .") if set(part.split()) & {*sample.POSITIVE, *sample.NEGATIVE})
    for aside in sample.ASIDES:
        sentence = sentence.replace(f"{aside} , ", "")
    sentence = sentence.strip()
    if " , but " in sentence:
        clause = sentence.split(" , but ")[1]
    elif sentence.startswith(("although ", "while ")):
        clause = sentence.split(" , ")[1]
    else:
        clause = re.split(r" , (?:although|though|and) ", sentence)[0]
    words = set(clause.split())
    return int(bool(words & set(sample.POSITIVE)) != bool(words & {"not", "never", "hardly", "nobody"}))


@pytest.mark.parametrize("seed", [0, 7])
def test_the_label_follows_from_the_order_of_words(seed):
    splits = sample.generate(1000, seed)
    for part in splits.parts.values():
        assert [by_the_rule(text) for text in part.inputs] == list(part.targets)


def test_the_same_seed_gives_the_same_reviews_and_another_seed_others():
    assert sample.generate(200, 1).parts == sample.generate(200, 1).parts
    assert sample.generate(200, 1)["test"].inputs != sample.generate(200, 2)["test"].inputs


def test_sizes_classes_and_labelling_as_synthetic():
    splits = sample.generate(1000, 0)
    assert {name: len(part) for name, part in splits.items()} == {"train": 700, "validation": 100, "test": 200}
    assert all(sum(part.targets) * 2 == len(part) for part in splits.values())
    assert splits.synthetic
    assert any("synthetic" in note for note in splits.notes)
    assert splits.labels == ("negative", "positive")
    assert len(splits.unlabelled) == 100


def test_no_review_stands_twice():
    splits = sample.generate(3000, 5)
    keys = keys_of(splits.parts)
    assert repeated_across(keys) == {}
    assert set(repeated_within(keys).values()) == {0}
    assert not {text for part in splits.values() for text in part.inputs} & set(splits.unlabelled)


def test_words_and_word_pairs_do_not_suffice():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.linear_model import LogisticRegression

    splits = sample.generate(2000, 0)
    bag = text.TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+")
    model = LogisticRegression(C=10, max_iter=500).fit(
        bag.fit_transform(splits["train"].inputs), splits["train"].targets
    )
    assert 0.55 < model.score(bag.transform(splits["test"].inputs), splits["test"].targets) < 0.85


def test_too_small_a_sample_is_a_user_error():
    with pytest.raises(UserError, match="--sample-size: expected at least 20 examples, found 4"):
        sample.generate(4, 0)
