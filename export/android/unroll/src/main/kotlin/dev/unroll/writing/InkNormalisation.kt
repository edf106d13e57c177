package dev.unroll.writing

import kotlin.math.abs
import kotlin.math.atan2
import kotlin.math.cos
import kotlin.math.hypot
import kotlin.math.sin
import kotlin.math.sqrt

private const val LINE_SHAPE = 4.0 // ink this much wider than high (in standard deviations) has a base line to be turned level
private const val FLATTEST = 0.02 // a lone dash has no height to scale by
private const val SMALLEST = 1e-9

/**
 * Level, upright where asked, of unit size; x starts at 0 and the mean of y is 0. All statistics are integrals along the
 * ink, so they do not depend on how densely it was sampled.
 */
internal fun normalise(pen: Pen, settings: InkSettings): Pen {
    val x = DoubleArray(pen.size) { pen.x[it] - pen.x[0] }
    val y = DoubleArray(pen.size) { pen.y[it] - pen.y[0] }
    val largest = maxOf(x.maxOf(::abs), y.maxOf(::abs))
    if (largest > 0) { // squares of any unit then stay inside a double
        for (place in x.indices) {
            x[place] /= largest
            y[place] /= largest
        }
    }
    if (settings.deskew) level(x, y, Moments.of(x, y, pen.first))
    if (settings.deslant) {
        val shear = slant(x, y, pen.first)
        for (place in x.indices) x[place] -= y[place] * shear
    }
    val moments = Moments.of(x, y, pen.first)
    val width = sqrt(moments.xx)
    val height = sqrt(moments.yy)
    val size = (if (settings.byHeight) maxOf(height, FLATTEST * width) else maxOf(width, height)).takeIf { it > SMALLEST } ?: 1.0
    val origin = x[0]
    for (place in x.indices) {
        x[place] = (x[place] - origin) / size
        y[place] = (y[place] - moments.y) / size
    }
    return Pen(x, y, pen.first, pen.time)
}

/** Turns ink of a line's shape so that its principal axis is level. */
private fun level(x: DoubleArray, y: DoubleArray, moments: Moments) {
    if (moments.xx <= LINE_SHAPE * LINE_SHAPE * moments.yy) return
    val angle = atan2(2 * moments.xy, moments.xx - moments.yy) / 2
    val cosine = cos(angle)
    val sine = sin(angle)
    for (place in x.indices) {
        val turned = x[place] * cosine + y[place] * sine
        y[place] = y[place] * cosine - x[place] * sine
        x[place] = turned
    }
}

/** The shear dx / dy of the steep parts of the ink (less than 45 degrees off the vertical), by least squares. */
private fun slant(x: DoubleArray, y: DoubleArray, first: BooleanArray): Double {
    var along = 0.0
    var across = 0.0
    for (place in 1 until x.size) {
        val dx = x[place] - x[place - 1]
        val dy = y[place] - y[place - 1]
        if (first[place] || abs(dy) <= abs(dx)) continue
        val length = hypot(dx, dy)
        along += dx * dy / length
        across += dy * dy / length
    }
    return if (across > 0) along / across else 0.0
}

/** Mean and covariance of the positions along the ink, every stretch of a stroke weighted by its length. */
private class Moments(val x: Double, val y: Double, val xx: Double, val xy: Double, val yy: Double) {
    companion object {
        fun of(x: DoubleArray, y: DoubleArray, first: BooleanArray): Moments {
            var total = 0.0
            var sumX = 0.0
            var sumY = 0.0
            for (place in 1 until x.size) {
                if (first[place]) continue
                val length = hypot(x[place] - x[place - 1], y[place] - y[place - 1])
                total += length
                sumX += length * (x[place - 1] + x[place])
                sumY += length * (y[place - 1] + y[place])
            }
            return if (total > 0) along(x, y, first, total, sumX / (2 * total), sumY / (2 * total)) else dots(x, y)
        }

        /** The integral of p p^T over a straight stretch from a to b is length * (2 a a^T + a b^T + b a^T + 2 b b^T) / 6. */
        private fun along(x: DoubleArray, y: DoubleArray, first: BooleanArray, total: Double, meanX: Double, meanY: Double): Moments {
            var xx = 0.0
            var xy = 0.0
            var yy = 0.0
            for (place in 1 until x.size) {
                if (first[place]) continue
                val length = hypot(x[place] - x[place - 1], y[place] - y[place - 1])
                val ax = x[place - 1] - meanX
                val ay = y[place - 1] - meanY
                val bx = x[place] - meanX
                val by = y[place] - meanY
                xx += length * 2 * (ax * ax + ax * bx + bx * bx)
                xy += length * (2 * ax * ay + ax * by + bx * ay + 2 * bx * by)
                yy += length * 2 * (ay * ay + ay * by + by * by)
            }
            return Moments(meanX, meanY, xx / (6 * total), xy / (6 * total), yy / (6 * total))
        }

        private fun dots(x: DoubleArray, y: DoubleArray): Moments {
            val meanX = x.average()
            val meanY = y.average()
            var xx = 0.0
            var xy = 0.0
            var yy = 0.0
            for (place in x.indices) {
                xx += (x[place] - meanX) * (x[place] - meanX)
                xy += (x[place] - meanX) * (y[place] - meanY)
                yy += (y[place] - meanY) * (y[place] - meanY)
            }
            return Moments(meanX, meanY, xx / x.size, xy / x.size, yy / x.size)
        }
    }
}
