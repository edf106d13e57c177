package dev.unroll.runtime

import dev.unroll.Outcome
import dev.unroll.Tensor
import dev.unroll.Tensors
import dev.unroll.bundles.Reader
import dev.unroll.outcomeOf
import dev.unroll.refuse
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/**
 * A bundle that answers raw inputs, off the main thread and one at a time.
 *
 * Close it when its screen goes: a call that is running ends first, later ones fail, and closing twice does nothing.
 *
 * @param background where encoding, the model and decoding run
 */
class Answerer<Raw, Answer>(
    val reader: Reader<Raw, Answer>,
    private val runner: ModelRunner,
    private val background: CoroutineDispatcher,
) {
    private val mutex = Mutex()
    private var isClosed = false

    /** The answer for one raw input. */
    suspend fun answer(raw: Raw): Outcome<Answer> = guarded { answered(raw) }

    /** One answer for each input in a text. */
    suspend fun answers(text: String, single: Boolean): Outcome<List<Pair<Raw, Answer>>> = guarded {
        reader.encoder.read(text, single).map { raw ->
            currentCoroutineContext().ensureActive()
            raw to answered(raw)
        }
    }

    /** Answers what was typed or drawn last: inputs that come while an answer is made are passed over. */
    fun live(inputs: Flow<Raw>): Flow<Outcome<Answer>> = inputs.conflate().map { answer(it) }

    /**
     * The outputs after each timestep of a sequence, as it comes in: the model's state is carried from step to step, so a
     * step costs the same however long the sequence is. Each collection is a sequence of its own; a failure ends it.
     */
    fun steps(timesteps: Flow<Tensors>): Flow<Outcome<Tensors>> = flow {
        when (val opened = guarded { runner.stepper() ?: refuse("expected a model with the signature step, found none") }) {
            is Outcome.Failure -> emit(opened)
            is Outcome.Success -> try {
                emitAll(
                    timesteps.map { guarded { opened.value.step(it).also(::checkFinite) } }
                        .transformWhile { outcome ->
                            emit(outcome)
                            outcome is Outcome.Success
                        },
                )
            } finally {
                withContext(NonCancellable + background) { mutex.withLock { opened.value.close() } }
            }
        }
    }

    /** Frees the model after a running call; safe to call from any coroutine, also a cancelled one. */
    suspend fun close() = withContext(NonCancellable + background) {
        mutex.withLock {
            if (!isClosed) runner.close()
            isClosed = true
        }
    }

    private fun answered(raw: Raw): Answer {
        val outputs = runner.run(reader.encoder.encode(raw))
        checkFinite(outputs)
        return reader.decoder.decode(raw, outputs)
    }

    private suspend inline fun <T> guarded(crossinline make: suspend () -> T): Outcome<T> = withContext(background) {
        mutex.withLock {
            outcomeOf {
                if (isClosed) refuse("expected an open model, found one that was closed; open it again")
                make()
            }
        }
    }
}

/** A runtime may fail without saying so: numbers tell. */
internal fun checkFinite(outputs: Tensors) {
    for ((name, tensor) in outputs) {
        if (tensor is Tensor.Floats && !tensor.values.all { it.isFinite() }) {
            refuse("expected finite outputs, found NaN or infinity in $name; export the model again")
        }
    }
}
