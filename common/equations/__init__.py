"""The runnable textbook: recurrent networks and back-propagation through time in plain NumPy float64.

One file per subject: `simple_rnn`, `lstm`, `gru` and `min_gru` hold the equations of one step, `through_time` the loop
over time in both directions, `scan` the parallel form, `composition` bidirectional and deep networks, `initial`, `loss`
and `optimization` what training needs, `worked_example` two steps with every number. docs/principles.md is the text to
it. Keras' layers are checked against these functions, to the last gradient, in tests/common/equations.

    trace = forward(LSTM, layer.get_weights(), x, lengths)      # trace.states[0]: (batch, timesteps, units)
    gradients = backward(trace, d_states)                       # gradients.weights, .inputs, .initial_state, .norms
"""

from common.equations.cell import Cell, Weights
from common.equations.gru import GRU, GRU_RESET_BEFORE
from common.equations.lstm import LSTM
from common.equations.min_gru import MIN_GRU
from common.equations.simple_rnn import SIMPLE_RNN
from common.equations.through_time import Gradients, Trace, backward, forward

__all__ = [
    "GRU",
    "GRU_RESET_BEFORE",
    "LSTM",
    "MIN_GRU",
    "SIMPLE_RNN",
    "Cell",
    "Gradients",
    "Trace",
    "Weights",
    "backward",
    "forward",
]
