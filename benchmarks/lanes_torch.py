"""PyTorch's lane of `benchmarks.training`, in a process (and where it must be, an environment) of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks.workload import BATCH, CLASSES, EMBEDDING, UNITS, WORDS, rows, sorted_batches


class Classifier(nn.Module):
    """Embedding, one bidirectional LSTM, the two last states, a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, UNITS, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(2 * UNITS, CLASSES)

    def forward(self, tokens: Any, lengths: Any) -> Any:
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True)
        _, (last, _) = self.lstm(packed)
        return self.dense(torch.cat([last[0], last[1]], dim=1))


def packed(threads: int) -> Callable[[], None]:
    """One epoch over batches of like length, each sorted and packed."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    tokens, classes = rows()
    lengths = torch.tensor([len(row) for row in tokens])
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loss = nn.CrossEntropyLoss()
    batches = []
    for chosen in sorted_batches(lengths.numpy()):
        longest_first = sorted(chosen, key=lambda row: -len(tokens[row]))
        padded = nn.utils.rnn.pad_sequence([torch.from_numpy(tokens[row]) for row in longest_first], batch_first=True)
        targets = torch.from_numpy(classes[longest_first]).long()
        batches.append((padded, lengths[longest_first], targets))
    assert all(len(batch[0]) == BATCH for batch in batches)

    def epoch() -> None:
        for padded, counts, targets in batches:
            optimizer.zero_grad()
            loss(model(padded, counts), targets).backward()
            optimizer.step()

    return epoch
