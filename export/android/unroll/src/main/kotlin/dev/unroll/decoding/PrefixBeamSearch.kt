package dev.unroll.decoding

import dev.unroll.Tensor
import kotlin.math.exp
import kotlin.math.ln1p

private const val NEVER = Double.NEGATIVE_INFINITY

/** A decoded sequence: its labels, and the logarithm of its probability. */
internal class Hypothesis(val labels: List<Int>, val score: Double)

/**
 * Prefix beam search for CTC (Graves 2012, section 7.5.3; with two probabilities a prefix as in Hannun et al. 2014).
 *
 * Prefixes are nodes of a tree that share their beginnings, so that a frame copies no sequence of labels.
 *
 * @param width prefixes kept after each frame
 * @param least labels below this log-probability in a frame are not tried there
 */
internal class PrefixBeamSearch(private val width: Int, private val least: Double) {
    /** The likeliest label sequences, best first; [scores] are log-probabilities, class 0 the blank. */
    fun search(scores: Tensor.Floats): List<Hypothesis> {
        val root = Prefix(null, 0)
        root.blank = 0.0
        var beams = listOf(root)
        val tried = IntArray(scores.width)
        for (frame in 0 until scores.rows) {
            var count = 0
            for (label in 1 until scores.width) if (scores[frame, label] > least) tried[count++] = label
            beams = extended(beams, scores, frame, tried, count)
        }
        return beams.map { Hypothesis(it.labels(), it.total) }
    }

    private fun extended(beams: List<Prefix>, scores: Tensor.Floats, frame: Int, tried: IntArray, count: Int): List<Prefix> {
        val found = ArrayList<Prefix>(beams.size * (count + 1))
        val blank = scores[frame, 0].toDouble()
        for (prefix in beams) {
            val total = prefix.total
            found.reach(prefix, frame)
            prefix.nextBlank = sum(prefix.nextBlank, total + blank)
            if (prefix.label != 0) prefix.nextLabel = sum(prefix.nextLabel, prefix.ending + scores[frame, prefix.label])
            for (place in 0 until count) {
                val label = tried[place]
                val before = if (label == prefix.label) prefix.blank else total // a repeated label needs a blank between
                if (before == NEVER) continue
                val longer = prefix.child(label)
                found.reach(longer, frame)
                longer.nextLabel = sum(longer.nextLabel, before + scores[frame, label])
            }
        }
        for (prefix in found) prefix.advance()
        found.sortByDescending { it.total } // stable: of equal ones the one found first
        for (place in width until found.size) found[place].forget()
        return found.take(width)
    }

    private fun ArrayList<Prefix>.reach(prefix: Prefix, frame: Int) {
        if (prefix.frame == frame) return
        prefix.frame = frame
        prefix.nextBlank = NEVER
        prefix.nextLabel = NEVER
        add(prefix)
    }

    /** A sequence of labels: the one before, and its last label (0 for none). */
    private class Prefix(private val parent: Prefix?, val label: Int) {
        var blank = NEVER // the log-probability of all paths to it that end in a blank
        var ending = NEVER // and of those that end in its label
        var nextBlank = NEVER
        var nextLabel = NEVER
        var frame = -1
        private var children: HashMap<Int, Prefix>? = null

        val total: Double get() = sum(blank, ending)

        fun child(label: Int): Prefix {
            val known = children ?: HashMap<Int, Prefix>().also { children = it }
            return known.getOrPut(label) { Prefix(this, label) }
        }

        /** Leaves the tree, unless longer prefixes begin with this one. */
        fun forget() {
            if (children.isNullOrEmpty()) parent?.children?.remove(label)
        }

        fun advance() {
            blank = nextBlank
            ending = nextLabel
        }

        fun labels(): List<Int> = generateSequence(this) { it.parent }.map { it.label }.filter { it != 0 }.toList().asReversed()
    }
}

/** The logarithm of the sum of two probabilities given by their logarithms. */
private fun sum(first: Double, second: Double): Double {
    val high = maxOf(first, second)
    val low = minOf(first, second)
    return if (low == NEVER) high else high + ln1p(exp(low - high))
}
