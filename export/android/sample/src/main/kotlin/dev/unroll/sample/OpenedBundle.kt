package dev.unroll.sample

import android.content.res.AssetManager
import dev.unroll.Outcome
import dev.unroll.bundles.Bundle
import dev.unroll.bundles.Reader
import dev.unroll.runtime.Answerer
import dev.unroll.runtime.openAnswerer
import dev.unroll.valueOrNull
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch

/** A bundle that a view model opens once, in the background, and frees when it is cleared, even while it is opening. */
class OpenedBundle<Raw, Answer>(assets: AssetManager, name: String, reader: Bundle.() -> Reader<Raw, Answer>) : AutoCloseable {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val opening = scope.async { openAnswerer(assets, name, Dispatchers.Default, reader) }

    suspend fun <T> use(call: suspend (Answerer<Raw, Answer>) -> Outcome<T>): Outcome<T> =
        when (val opened = opening.await()) {
            is Outcome.Failure -> opened
            is Outcome.Success -> call(opened.value)
        }

    /** The answers to what comes in, the last one first. */
    fun live(inputs: Flow<Raw>): Flow<Outcome<Answer>> = flow {
        when (val opened = opening.await()) {
            is Outcome.Failure -> emit(opened)
            is Outcome.Success -> emitAll(opened.value.live(inputs))
        }
    }

    override fun close() {
        scope.launch {
            opening.await().valueOrNull()?.close()
            scope.cancel()
        }
    }
}
