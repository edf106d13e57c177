package dev.unroll.runtime

import dev.unroll.Tensors

/**
 * Runs a model, one call at a time. An implementation may hold native memory until it is closed, and blocks: the readers
 * that own one call it off the main thread. Every function refuses with a ReadingException.
 */
interface ModelRunner : AutoCloseable {
    /** The signature `run`: encoded tensors of one input, not padded; the outputs in full length. */
    fun run(inputs: Tensors): Tensors

    /** The signature `step` at the start of a sequence, to be closed at its end; null where the model has none. */
    fun stepper(): StepRunner?

    /** Frees the model and every stepper of it; closing twice does nothing. */
    override fun close()
}

/**
 * A model that takes one timestep after the other and carries its states. The buffers are made once: a step allocates
 * little more than what the runtime gives back.
 */
interface StepRunner : AutoCloseable {
    /** The outputs after one more timestep; [inputs] hold one row each. */
    fun step(inputs: Tensors): Tensors
}
