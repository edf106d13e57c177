"""Builders of recurrent stacks, masks from lengths, pooling over time, conditional random fields, hashed n-grams.

Importing this package registers the custom layers, so that saved models load.
"""

from common.layers.acceleration import accelerate
from common.layers.crf import CRF, CRFLoss, CRFMarginals
from common.layers.ctc import CTCLoss, GreedyCTC, certain_blanks
from common.layers.dropout import WordDropout
from common.layers.masking import length_mask, zero_padding
from common.layers.min_gru import MinGRU, MinGRUCell
from common.layers.ngrams import HashedNgrams
from common.layers.pooling import POOLINGS, SequencePooling, pool_sequence
from common.layers.recurrent import CELLS, RecurrentStack

__all__ = [
    "CELLS",
    "CRF",
    "POOLINGS",
    "CRFLoss",
    "CRFMarginals",
    "CTCLoss",
    "GreedyCTC",
    "HashedNgrams",
    "MinGRU",
    "MinGRUCell",
    "RecurrentStack",
    "SequencePooling",
    "WordDropout",
    "accelerate",
    "certain_blanks",
    "length_mask",
    "pool_sequence",
    "zero_padding",
]
