"""What a sceptic would try before a neural tagger: the most frequent tag of a word, and a linear-chain CRF."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from common.data.sampling import sampled_rows
from common.preprocessing.word_forms import case, folded, shape

Sentences = Sequence[Sequence[str]]
_CRF_ITERATIONS = 60  # of L-BFGS: the likelihood is flat after them
_CRF_C1, _CRF_C2 = 0.1, 0.1  # L1 and L2 penalties
_MOST_SENTENCES = 50_000  # train on a sample beyond this


def most_frequent_tags(words: Sentences, tags: Sentences, others: Sentences) -> list[list[str]]:
    """Each word gets the tag it had most often in training, an unknown word the commonest tag of all.

    Args:
        words: the words of each training sentence.
        tags: their tags.
        others: the words of the sentences to tag.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence, sentence_tags in zip(words, tags, strict=True):
        for word, tag in zip(sentence, sentence_tags, strict=True):
            counts[word][tag] += 1
    total: Counter[str] = sum(counts.values(), Counter())
    commonest = max(sorted(total), key=total.__getitem__, default="O")
    best = {word: max(sorted(found), key=found.__getitem__) for word, found in counts.items()}
    return [[best.get(word, commonest) for word in sentence] for sentence in others]


def linear_crf(words: Sentences, tags: Sentences, others: Sentences, seed: int = 0) -> list[list[str]]:
    """A linear-chain CRF (Lafferty et al. 2001) over hand-made features of a word and its two neighbours on each side.

    CRFsuite (Okazaki 2007), L-BFGS with elastic-net penalty.

    Args:
        words: the words of each training sentence.
        tags: their tags, in the scheme the CRF shall model.
        others: the words of the sentences to tag.
        seed: int. The seed of the sample where there are over 50,000 training sentences.
    """
    import pycrfsuite

    trainer = pycrfsuite.Trainer(
        algorithm="lbfgs",
        params={
            "c1": _CRF_C1,
            "c2": _CRF_C2,
            "max_iterations": _CRF_ITERATIONS,
            "feature.possible_transitions": True,
        },
        verbose=False,
    )
    for row in sampled_rows(len(words), _MOST_SENTENCES, seed, "linear CRF, sentences"):
        trainer.append(sentence_features(words[row]), list(tags[row]))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "crf")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        try:
            return [tagger.tag(sentence_features(sentence)) for sentence in others]
        finally:
            tagger.close()


def sentence_features(words: Sequence[str]) -> list[list[str]]:
    """The features of each word of a sentence, as texts."""
    own = [_own_features(word) for word in words]
    near = [[f"w={folded(word)}", f"shape={shape(word)}", f"case={case(word)}"] for word in words]
    features = []
    for place, found in enumerate(own):
        row = ["bias", *found]
        for offset in (-2, -1, 1, 2):
            there = place + offset
            row += [f"{offset}:{name}" for name in (near[there] if 0 <= there < len(words) else ["edge"])]
        for offset in (-1, 0):  # pairs of neighbouring words
            if place + offset >= 0 and place + offset + 1 < len(words):
                row.append(f"{offset}:pair={near[place + offset][0]}|{near[place + offset + 1][0]}")
        features.append(row)
    return features


def _own_features(word: str) -> list[str]:
    plain = folded(word)
    affixes = [f"p{n}={plain[:n]}" for n in range(1, 5)] + [f"s{n}={plain[-n:]}" for n in range(1, 5)]
    return [f"w={plain}", f"exact={word}", f"shape={shape(word)}", f"case={case(word)}", *affixes]
