package dev.unroll.writing

import dev.unroll.refuse

/**
 * One movement of the pen: points with [x], [y] (growing downwards) and, where every stroke of an ink has it, [time]
 * since its first point.
 */
class Stroke(val x: FloatArray, val y: FloatArray, val time: FloatArray? = null) {
    init {
        require(x.size == y.size && (time == null || time.size == x.size)) { "expected as many x as y and times" }
    }

    val size: Int get() = x.size
}

/** Strokes with at least one point in all. */
class Ink(strokes: List<Stroke>) {
    val strokes: List<Stroke> = strokes.filter { it.size > 0 }

    init {
        if (this.strokes.isEmpty()) refuse("expected strokes with at least one point, found none; write something")
    }

    internal val isTimed: Boolean get() = strokes.all { it.time != null }
    internal val points: Int get() = strokes.sumOf { it.size }
}

/** Ink as one run of points; [first] is true where a stroke starts, [time] never falls and is zero where unknown. */
internal class Pen(val x: DoubleArray, val y: DoubleArray, val first: BooleanArray, val time: DoubleArray) {
    val size: Int get() = x.size

    companion object {
        fun of(ink: Ink): Pen {
            val size = ink.points
            val pen = Pen(DoubleArray(size), DoubleArray(size), BooleanArray(size), DoubleArray(size))
            val timed = ink.isTimed
            var at = 0
            for (stroke in ink.strokes) {
                pen.first[at] = true
                for (place in 0 until stroke.size) {
                    pen.x[at] = stroke.x[place].toDouble()
                    pen.y[at] = stroke.y[place].toDouble()
                    val time = stroke.time
                    if (timed && time != null) {
                        val now = time[place].toDouble()
                        pen.time[at] = if (at > 0) maxOf(now, pen.time[at - 1]) else now
                    }
                    at++
                }
            }
            return pen
        }
    }
}
