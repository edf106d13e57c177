package dev.unroll.writing

import kotlin.math.floor
import kotlin.math.hypot
import kotlin.math.round

/**
 * Points at equal distances along each stroke, its two ends kept; a stroke shorter than half a step is one point.
 *
 * @param step the distance wanted; each stroke's own is the nearest that divides it
 * @param most the step grows where more points would come out; strokes beyond this number are left out
 */
internal fun resample(pen: Pen, step: Double, most: Int): Pen {
    val all = pen.first.indices.filter { pen.first[it] }
    val starts = all.take(most)
    val travelled = travelled(pen)
    val lengths = DoubleArray(starts.size) {
        val end = if (it + 1 < all.size) all[it + 1] else pen.size
        travelled[end - 1] - travelled[starts[it]]
    }
    val pieces = pieces(lengths, step, most)
    val size = pieces.sum() + pieces.size
    val made = Pen(DoubleArray(size), DoubleArray(size), BooleanArray(size), DoubleArray(size))
    var at = 0
    var segment = 0
    for (stroke in starts.indices) {
        made.first[at] = true
        for (number in 0..pieces[stroke]) {
            val share = if (pieces[stroke] > 0) number.toDouble() / pieces[stroke] else 0.5
            val wanted = travelled[starts[stroke]] + share * lengths[stroke]
            while (segment + 1 < pen.size - 1 && travelled[segment + 1] <= wanted) segment++
            interpolate(pen, travelled, segment, wanted, made, at)
            at++
        }
    }
    return made
}

/** The way of the pen up to each point; between strokes 1, so that any positive length keeps them apart. */
private fun travelled(pen: Pen): DoubleArray {
    val found = DoubleArray(pen.size)
    var sum = 0.0
    for (place in found.indices) {
        sum += if (pen.first[place]) 1.0 else hypot(pen.x[place] - pen.x[place - 1], pen.y[place] - pen.y[place - 1])
        found[place] = sum
    }
    return found
}

/** Other languages add up in another order: a lone stroke's share must not fall below the room by the last digit. */
private const val ROUNDING = 1e-9

/** Into how many pieces each stroke is cut. */
private fun pieces(lengths: DoubleArray, step: Double, most: Int): IntArray {
    val wanted = LongArray(lengths.size) { round(lengths[it] / step).toLong() }
    if (wanted.sum() + lengths.size <= most) return IntArray(lengths.size) { wanted[it].toInt() }
    val room = maxOf(0, most - lengths.size) / lengths.sum()
    return IntArray(lengths.size) { floor(lengths[it] * room + ROUNDING).toInt() }
}

/** Writes to [made] at [at] the point that lies [wanted] along the pen's way, between the points [segment] and the next. */
private fun interpolate(pen: Pen, travelled: DoubleArray, segment: Int, wanted: Double, made: Pen, at: Int) {
    val next = minOf(segment + 1, pen.size - 1)
    val length = travelled[next] - travelled[segment]
    val share = if (length > 0) ((wanted - travelled[segment]) / length).coerceIn(0.0, 1.0) else 0.0
    made.x[at] = pen.x[segment] + share * (pen.x[next] - pen.x[segment])
    made.y[at] = pen.y[segment] + share * (pen.y[next] - pen.y[segment])
    made.time[at] = pen.time[segment] + share * (pen.time[next] - pen.time[segment])
}
