"""Synthetic reviews from a small grammar in which the order of words decides.

A clause has one judging adjective; a negator turns it over from any distance, past filler words. Of two clauses that
disagree, the one after `but` (or outside `although`, `though`) decides. Some phrases hold a `not` that negates nothing.
So equal bags of words mean opposite things, and a bag of words or of word pairs must stay well below a model that
reads in order.

>>> generate(100, seed=0).labels
('negative', 'positive')
"""

from __future__ import annotations

import random

from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.errors import UserError

LABELS = ("negative", "positive")
SMALLEST = 20
NOTE = "synthetic: reviews generated from a small grammar; its numbers say nothing about real reviews"

POSITIVE = ("good", "great", "charming", "clever", "moving", "funny", "gripping", "fresh", "brilliant", "sharp")
NEGATIVE = ("bad", "dull", "clumsy", "stale", "awful", "boring", "hollow", "silly", "tedious", "messy")
# fmt: off
SUBJECTS = (
    "film", "plot", "script", "cast", "acting", "story", "ending", "music", "pacing", "dialogue", "humour",
    "direction", "editing", "opening",
)
# fmt: on
FILLERS = ("really", "all that", "very", "for one moment", "in any way", "at any point", "quite as my friends say")
EMPHASIS = ("really", "very", "quite", "rather", "simply", "truly", "so")
NEGATED = (
    "the {subject} was not {filler} {adjective}",
    "the {subject} is never {filler} {adjective}",
    "the {subject} was hardly {filler} {adjective}",
    "nobody would call the {subject} {filler} {adjective}",
    "i did not find the {subject} {filler} {adjective}",
    "i never thought the {subject} was {filler} {adjective}",
)
PLAIN = (
    "the {subject} was {emphasis} {adjective}",
    "the {subject} is {adjective}",
    "i found the {subject} {emphasis} {adjective}",
    "everybody would call the {subject} {adjective}",
    "i always thought the {subject} was {adjective}",
)
ASIDES = ("whether or not you know the book", "seen twice by now", "like it or not", "years later", "on a small screen")
NEUTRAL = (
    "we saw it on a {day} .",
    "my {friend} chose it .",
    "it runs for {minutes} minutes .",
    "the seats were taken by {friend}s .",
    "i had not read anything about it .",
    "it was never shown in our town before {day} .",
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES = ("eighty", "ninety", "a hundred")
FRIENDS = ("sister", "brother", "neighbour", "colleague", "teacher", "cousin", "friend")
# {strong} decides, {weak} is overruled.
CONTRASTS = (
    "{weak} , but {strong} .",
    "although {weak} , {strong} .",
    "{strong} , although {weak} .",
    "{strong} , though {weak} .",
    "while {weak} , {strong} .",
)
NEGATION_SHARE, CONTRAST_SHARE, AGREEMENT_SHARE, ASIDE_SHARE, NEUTRAL_SHARE = 0.25, 0.25, 0.25, 0.15, 0.2
TEST_SHARE, VALIDATION_SHARE, UNLABELLED_SHARE = 0.2, 0.1, 0.1


def review(generator: random.Random, positive: bool) -> str:
    """One review of that polarity, lower case, tokens between blanks."""
    draw = generator.random()
    strong = clause(generator, positive)
    if draw < CONTRAST_SHARE:
        text = generator.choice(CONTRASTS).format(strong=strong, weak=clause(generator, not positive))
    elif draw < CONTRAST_SHARE + AGREEMENT_SHARE:
        text = f"{strong} , and {clause(generator, positive)} ."
    else:
        text = f"{strong} ."
    if generator.random() < ASIDE_SHARE:
        text = f"{generator.choice(ASIDES)} , {text}"
    if generator.random() < NEUTRAL_SHARE:
        text = f"{neutral(generator)} {text}"
    if generator.random() < NEUTRAL_SHARE:
        text = f"{text} {neutral(generator)}"
    return text


def clause(generator: random.Random, positive: bool) -> str:
    """One clause that judges: a plain adjective, or the opposite one under a negator."""
    negated = generator.random() < NEGATION_SHARE
    words = POSITIVE if positive != negated else NEGATIVE
    filler = generator.choice(FILLERS) if generator.random() < 0.7 else ""
    text = generator.choice(NEGATED if negated else PLAIN).format(
        subject=generator.choice(SUBJECTS),
        filler=filler,
        emphasis=generator.choice(EMPHASIS) if generator.random() < 0.7 else "",
        adjective=generator.choice(words),
    )
    return " ".join(text.split())


def neutral(generator: random.Random) -> str:
    """One sentence that judges nothing."""
    return generator.choice(NEUTRAL).format(
        day=generator.choice(DAYS), friend=generator.choice(FRIENDS), minutes=generator.choice(MINUTES)
    )


def generate(size: int, seed: int) -> Splits:
    """`size` different labelled reviews in three splits, both classes alike often, and a tenth as many unlabelled.

    Args:
        size: labelled reviews in all, at least 20.
        seed: the same seed gives the same reviews.

    Raises:
        UserError: fewer than 20 reviews asked for.
    """
    if size < SMALLEST:
        raise UserError(f"--sample-size: expected at least {SMALLEST} examples, found {size}; ask for more")
    generator = random.Random(seed)
    seen: set[str] = set()
    texts: list[str] = []
    while len(texts) < size + round(UNLABELLED_SHARE * size):
        text = review(generator, positive=len(texts) % 2 == 1)
        if text not in seen:
            seen.add(text)
            texts.append(text)
    labelled = Examples(texts[:size], [row % 2 for row in range(size)])
    test, validation = round(TEST_SHARE * size), round(VALIDATION_SHARE * size)
    parts = {
        TRAIN: labelled.take(range(test + validation, size)),
        VALIDATION: labelled.take(range(test, test + validation)),
        TEST: labelled.take(range(test)),
    }
    return Splits(parts, "sample", "generated reviews", LABELS, texts[size:], synthetic=True, notes=(NOTE,))
