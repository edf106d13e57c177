package dev.unroll.runtime

import dev.unroll.Outcome
import dev.unroll.ReadingException
import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Encoder
import dev.unroll.bundles.Reader
import dev.unroll.json.Json
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** Doubles a number; minus one is answered with NaN. */
private class Doubling : ModelRunner {
    val running = AtomicInteger()
    var most = 0
    var closed = 0
    var openSteppers = 0

    override fun run(inputs: Tensors): Tensors {
        most = maxOf(most, running.incrementAndGet())
        Thread.sleep(2)
        running.decrementAndGet()
        return outputs(number(inputs))
    }

    override fun stepper(): StepRunner = object : StepRunner {
        private var sum = 0f

        init {
            openSteppers++
        }

        override fun step(inputs: Tensors): Tensors {
            sum += number(inputs)
            return outputs(if (number(inputs) < 0) -1f else sum)
        }

        override fun close() {
            openSteppers--
        }
    }

    override fun close() {
        assertEquals(0, running.get(), "closed while it runs")
        closed++
    }

    private fun number(inputs: Tensors) = (inputs.getValue("x") as Tensor.Floats).values[0]

    private fun outputs(value: Float): Tensors = mapOf("y" to Tensor.Floats(floatArrayOf(if (value < 0) Float.NaN else 2 * value)))
}

private object Numbers : Encoder<Float> {
    override val inputs = mapOf("x" to TensorSpec(listOf(1), TensorSpec.Type.FLOAT32))

    override fun encode(raw: Float): Tensors = mapOf("x" to Tensor.Floats(floatArrayOf(raw)))

    override fun read(text: String, single: Boolean): List<Float> =
        text.split(' ').map { it.toFloatOrNull() ?: throw ReadingException("expected a number, found $it") }

    override fun fromJson(raw: Json): Float = error("not used")
}

class AnswererTest {
    private val runner = Doubling()
    private val answerer = Answerer(Reader(Numbers) { _, outputs -> (outputs.getValue("y") as Tensor.Floats).values[0] }, runner, Dispatchers.Default)

    @Test
    fun callsFromManyCoroutinesRunOneAtATime() = runBlocking {
        val found = (0..20).map { async { answerer.answer(it.toFloat()) } }.awaitAll()
        assertEquals<List<Outcome<Float>>>((0..20).map { Outcome.Success(2f * it) }, found)
        assertEquals(1, runner.most)
    }

    @Test
    fun refusalsAndNumbersThatAreNoneAreFailures() = runBlocking {
        assertEquals("expected a number, found b", assertIs<Outcome.Failure>(answerer.answers("1 b", single = false)).message)
        assertTrue("NaN" in assertIs<Outcome.Failure>(answerer.answer(-1f)).message)
        assertEquals(listOf(1f to 2f, 3f to 6f), assertIs<Outcome.Success<List<Pair<Float, Float>>>>(answerer.answers("1 3", single = false)).value)
    }

    @Test
    fun aCallThatRunsEndsBeforeTheModelIsFreedAndLaterOnesFail() = runBlocking {
        val calls = (1..8).map { async(Dispatchers.Default) { answerer.answer(1f) } }
        listOf(async { answerer.close() }, async { answerer.close() }).awaitAll()
        calls.awaitAll()
        assertIs<Outcome.Failure>(answerer.answer(1f))
        assertEquals(1, runner.closed)
    }

    @Test
    fun theLastInputIsAnsweredLive() = runBlocking {
        val found = answerer.live((1..50).map(Int::toFloat).asFlow()).toList()
        assertEquals<Outcome<Float>>(Outcome.Success(100f), found.last())
    }

    @Test
    fun stepsCarryTheStateAndFreeTheirBuffersHoweverTheyEnd() = runBlocking {
        fun timesteps(vararg numbers: Float) = numbers.map(Numbers::encode).asFlow()
        fun value(outcome: Outcome<Tensors>) = ((outcome as Outcome.Success).value.getValue("y") as Tensor.Floats).values[0]
        assertEquals(listOf(2f, 6f, 12f), answerer.steps(timesteps(1f, 2f, 3f)).toList().map(::value))
        assertEquals(2f, value(answerer.steps(timesteps(1f, 2f)).first()))
        val failing = answerer.steps(timesteps(1f, -1f, 1f)).toList()
        assertEquals(2, failing.size)
        assertIs<Outcome.Failure>(failing.last())
        assertEquals(0, runner.openSteppers)
    }

    @Test
    fun shorterRowsAreFilledAndOtherTypesRefused() {
        val input = PaddedInput("x", TensorSpec(listOf(4), TensorSpec.Type.INT32, 7.0))
        input.fill(Tensor.Ints(intArrayOf(1, 2, 3, 4)))
        input.fill(Tensor.Ints(intArrayOf(5)))
        assertContentEquals(intArrayOf(5, 7, 7, 7), input.ints)
        assertFailsWith<ReadingException> { input.fill(Tensor.Ints(IntArray(5))) }
        assertFailsWith<ReadingException> { input.fill(Tensor.Floats(FloatArray(1))) }
        assertFailsWith<ReadingException> { input.fill(null) }
    }
}
