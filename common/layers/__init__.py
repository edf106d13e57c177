"""Builders of recurrent stacks, masks from lengths, pooling over time, and the hashed n-gram channel.

Importing this package registers the custom layers, so that saved models load.
"""

from common.layers.dropout import WordDropout
from common.layers.masking import LengthMask, MaskedInput
from common.layers.ngrams import HashedNgrams
from common.layers.pooling import POOLINGS, SequencePooling, pool_sequence
from common.layers.recurrent import CELLS, recurrent_stack

__all__ = [
    "CELLS",
    "POOLINGS",
    "HashedNgrams",
    "LengthMask",
    "MaskedInput",
    "SequencePooling",
    "WordDropout",
    "pool_sequence",
    "recurrent_stack",
]
