package dev.unroll.decoding

import dev.unroll.Tensor
import kotlin.math.exp
import kotlin.math.ln
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals

class PrefixBeamSearchTest {
    @Test
    fun aWideBeamGivesTheProbabilitiesOfAllPaths() {
        val chance = Random(1)
        val classes = 3
        repeat(50) {
            val frames = chance.nextInt(1, 6)
            val scores = FloatArray(frames * classes)
            for (frame in 0 until frames) {
                val row = DoubleArray(classes) { chance.nextDouble() + 0.01 }
                for (label in 0 until classes) scores[frame * classes + label] = ln(row[label] / row.sum()).toFloat()
            }
            val expected = HashMap<List<Int>, Double>()
            var paths = 1
            repeat(frames) { paths *= classes }
            for (number in 0 until paths) {
                var rest = number
                val path = List(frames) { (rest % classes).also { rest /= classes } }
                val labels = path.filterIndexed { frame, label -> label != 0 && (frame == 0 || path[frame - 1] != label) }
                val probability = exp(path.indices.sumOf { scores[it * classes + path[it]].toDouble() })
                expected[labels] = (expected[labels] ?: 0.0) + probability
            }
            val found = PrefixBeamSearch(1000, -100.0).search(Tensor.Floats(scores, classes))
            assertEquals(expected.keys, found.map { it.labels }.toSet())
            for (one in found) assertEquals(expected.getValue(one.labels), exp(one.score), 1e-9)
            assertEquals(found.map { it.score }.sortedDescending(), found.map { it.score })
        }
    }

    @Test
    fun certainBlanksAtTheEndArePadding() {
        val scores = Tensor.Floats(floatArrayOf(-0.7f, -0.7f, 0f, -1e9f, -0.7f, -0.7f, 0f, -1e9f), 2)
        assertEquals(3, realFrames(scores).rows)
    }
}
