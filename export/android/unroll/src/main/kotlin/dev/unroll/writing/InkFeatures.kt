package dev.unroll.writing

import dev.unroll.Tensor
import kotlin.math.asinh
import kotlin.math.hypot
import kotlin.math.ln

/** What a recurrent network reads of each point of some ink: (points, features). */
internal fun encodeInk(ink: Ink, settings: InkSettings): Tensor.Floats =
    features(resample(normalise(Pen.of(ink), settings), settings.step, settings.maxTimesteps), settings)

/**
 * The way from the point before, pen in the air or not; the direction the pen moves in; whether a stroke starts or ends;
 * the height; how far right of everything earlier strokes wrote; where wanted, how long the way took.
 */
private fun features(pen: Pen, settings: InkSettings): Tensor.Floats {
    val width = settings.features.size
    val values = FloatArray(pen.size * width)
    val durations = if (settings.time) logDurations(pen.time) else null
    var rightmost = pen.x[0] // of all strokes before this one
    var reached = pen.x[0] // of this one too
    for (place in 0 until pen.size) {
        val isLast = place + 1 == pen.size || pen.first[place + 1]
        if (pen.first[place]) rightmost = reached
        reached = if (place == 0) pen.x[0] else maxOf(reached, pen.x[place])
        val dx = if (place > 0) pen.x[place] - pen.x[place - 1] else 0.0
        val dy = if (place > 0) pen.y[place] - pen.y[place - 1] else 0.0
        val begins = pen.first[place]
        val headingX = if (!begins) dx else if (isLast) 0.0 else pen.x[place + 1] - pen.x[place]
        val headingY = if (!begins) dy else if (isLast) 0.0 else pen.y[place + 1] - pen.y[place]
        val length = maxOf(hypot(headingX, headingY), 1e-9)
        val at = place * width
        values[at] = asinh(dx).toFloat()
        values[at + 1] = asinh(dy).toFloat()
        values[at + 2] = (headingX / length).toFloat()
        values[at + 3] = (headingY / length).toFloat()
        values[at + 4] = if (begins) 1f else 0f
        values[at + 5] = if (isLast) 1f else 0f
        values[at + 6] = pen.y[place].toFloat()
        values[at + 7] = asinh(pen.x[place] - rightmost).toFloat()
        if (durations != null) values[at + 8] = durations[place].toFloat()
    }
    return Tensor.Floats(values, width)
}

/** The logarithm of the way's duration relative to the median, within 3. */
private fun logDurations(time: DoubleArray): DoubleArray {
    val duration = DoubleArray(time.size) { if (it > 0) time[it] - time[it - 1] else 0.0 }
    val known = duration.filter { it > 0 }.sorted()
    if (known.isEmpty()) return duration
    val typical = (known[(known.size - 1) / 2] + known[known.size / 2]) / 2
    return DoubleArray(time.size) { ln(maxOf(duration[it], 1e-3 * typical) / typical).coerceIn(-3.0, 3.0) }
}
