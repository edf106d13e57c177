package dev.unroll.prices

import dev.unroll.json.Specification

private const val SMALLEST = 1e-9

/** Subtracts a mean and divides by a scale, feature by feature, and cuts what lies further than a limit off. */
internal class StandardScaler private constructor(
    private val mean: DoubleArray,
    private val scale: DoubleArray,
    private val limit: Double,
) {
    val size: Int get() = mean.size

    fun scaled(value: Double, feature: Int): Float = ((value - mean[feature]) / scale[feature]).coerceIn(-limit, limit).toFloat()

    companion object {
        fun of(values: Specification): StandardScaler {
            val mean = values.numbers("mean")
            val scale = values.numbers("scale", SMALLEST..Double.MAX_VALUE)
            if (scale.size != mean.size) values.wrong("scale", "one for each of ${mean.size} means", scale.size.toString())
            return StandardScaler(mean, scale, values.number("limit", SMALLEST..1e6))
        }
    }
}
