package dev.unroll.writing

import dev.unroll.Tensor
import dev.unroll.json.Json
import dev.unroll.refuse
import kotlin.math.round

/** A picture of writing: [rows] times [columns] grey values, row after row, of any range. */
class Picture(val grey: FloatArray, val rows: Int, val columns: Int) {
    init {
        if (rows < 1 || columns < 1 || grey.size != rows * columns) {
            refuse("expected a picture of at least one pixel, found $rows x $columns; take another")
        }
    }

    companion object {
        /** From colours as `Bitmap.getPixels` gives them, by the weights of ITU-R 601; transparency is not looked at. */
        fun ofPixels(pixels: IntArray, rows: Int, columns: Int): Picture {
            val grey = FloatArray(pixels.size) {
                val pixel = pixels[it]
                val sum = 19595 * (pixel shr 16 and 255) + 38470 * (pixel shr 8 and 255) + 7471 * (pixel and 255)
                (sum + 0x8000 shr 16).toFloat()
            }
            return Picture(grey, rows, columns)
        }

        internal fun of(raw: Json): Picture {
            val rows = (raw as? Json.Items)?.values?.map { row -> (row as? Json.Items)?.values.orEmpty() }.orEmpty()
            val columns = rows.firstOrNull()?.size ?: 0
            val numbers = rows.flatten().map { (it as? Json.Number)?.value }
            if (rows.any { it.size != columns } || null in numbers) {
                refuse("expected a picture as rows of one length, found others")
            }
            return Picture(FloatArray(numbers.size) { numbers[it]!!.toFloat() }, rows.size, columns)
        }
    }
}

/**
 * (columns, height) between 0 (paper) and 1 (ink), from left to right. The picture is scaled to the height with its
 * proportions kept, its grey values are stretched over the whole range; paper is what most of it is.
 */
internal fun encodePicture(picture: Picture, height: Int, maxTimesteps: Int): Tensor.Floats {
    val low = picture.grey.min()
    val high = picture.grey.max()
    val grey = FloatArray(picture.grey.size) { if (high > low) (picture.grey[it] - low) / (high - low) else 0f }
    if (high > low && median(grey) > 0.5f) for (place in grey.indices) grey[place] = 1f - grey[place]
    val width = round(picture.columns.toDouble() * height / picture.rows).coerceIn(1.0, maxTimesteps.toDouble()).toInt()
    val upright = scaled(Grid(picture.rows, picture.columns, DoubleArray(grey.size) { grey[it].toDouble() }), height)
    val sideways = scaled(upright.transposed(), width)
    return Tensor.Floats(FloatArray(sideways.values.size) { sideways.values[it].toFloat() }, height)
}

private class Grid(val rows: Int, val columns: Int, val values: DoubleArray) {
    operator fun get(row: Int, column: Int): Double = values[row * columns + column]

    fun transposed() = Grid(columns, rows, DoubleArray(values.size) { this[it % rows, it / rows] })
}

private fun median(values: FloatArray): Float {
    val sorted = values.sortedArray()
    return (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2
}

/** Scales the rows: means of the area when shrinking, straight lines when growing. */
private fun scaled(from: Grid, size: Int): Grid = when {
    size == from.rows -> from
    size > from.rows -> grown(from, size)
    else -> shrunk(from, size)
}

private fun grown(from: Grid, size: Int): Grid {
    val made = DoubleArray(size * from.columns)
    for (row in 0 until size) {
        val at = ((row + 0.5) * from.rows / size - 0.5).coerceIn(0.0, from.rows - 1.0)
        val below = minOf(at.toInt(), maxOf(0, from.rows - 2))
        val above = minOf(below + 1, from.rows - 1)
        val share = at - below
        for (column in 0 until from.columns) {
            made[row * from.columns + column] = from[below, column] * (1 - share) + from[above, column] * share
        }
    }
    return Grid(size, from.columns, made)
}

private fun shrunk(from: Grid, size: Int): Grid {
    val made = DoubleArray(size * from.columns)
    val sums = DoubleArray(from.rows + 1)
    for (column in 0 until from.columns) {
        for (row in 0 until from.rows) sums[row + 1] = sums[row] + from[row, column]
        fun integral(row: Int): Double {
            val edge = row.toDouble() * from.rows / size
            val whole = minOf(edge.toInt(), from.rows - 1)
            return sums[whole] + (edge - whole) * (sums[whole + 1] - sums[whole])
        }
        for (row in 0 until size) made[row * from.columns + column] = (integral(row + 1) - integral(row)) * size / from.rows
    }
    return Grid(size, from.columns, made)
}
