package dev.unroll.decoding

import dev.unroll.Tensor
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals

class ViterbiTest {
    private val tags = 3

    @Test
    fun itFindsTheBestOfAllPaths() {
        val chance = Random(0)
        repeat(200) {
            val steps = chance.nextInt(1, 6)
            fun scores(size: Int) = FloatArray(size) { chance.nextFloat() * 4 - 2 }
            val scores = Tensor.Floats(scores(steps * tags), tags)
            val moves = scores(tags * tags).also { it[chance.nextInt(tags * tags)] = Float.NEGATIVE_INFINITY }
            val start = scores(tags)
            val end = scores(tags)
            val all = (0 until power(steps)).map { number -> IntArray(steps) { number / power(it) % tags } }
            val best = all.maxByOrNull { path ->
                (0 until steps).sumOf { step ->
                    scores[step, path[step]].toDouble() + if (step > 0) moves[path[step - 1] * tags + path[step]] else start[path[0]]
                } + end[path.last()]
            }
            assertContentEquals(best, viterbi(scores, moves, start, end))
        }
    }

    @Test
    fun nothingHasNoPath() = assertEquals(0, viterbi(Tensor.Floats(FloatArray(0), tags), FloatArray(9), FloatArray(3), FloatArray(3)).size)

    private fun power(exponent: Int): Int = (0 until exponent).fold(1) { product, _ -> product * tags }
}
