package dev.unroll

/**
 * Numbers of a model's input or output, row after row, without the batch axis.
 *
 * [rows] is the number of timesteps of a sequence (1 for a scalar), [width] how many numbers a row has.
 */
sealed interface Tensor {
    val rows: Int
    val width: Int

    class Ints(val values: IntArray, override val width: Int = 1) : Tensor {
        override val rows: Int get() = values.size / width
    }

    class Floats(val values: FloatArray, override val width: Int = 1) : Tensor {
        override val rows: Int get() = values.size / width

        operator fun get(row: Int, column: Int): Float = values[row * width + column]
    }
}

/** Input name -> what an encoder made of one raw input, not padded yet. */
typealias Tensors = Map<String, Tensor>

/** One model input or output: shape without the batch axis, type, and what fills rows beyond a sequence's end. */
data class TensorSpec(val shape: List<Int>, val type: Type, val fill: Double = 0.0) {
    enum class Type { INT32, FLOAT32 }

    val size: Int get() = shape.fold(1, Int::times)
}

/** The output [name] as floats. */
internal fun Tensors.floats(name: String): Tensor.Floats =
    this[name] as? Tensor.Floats ?: refuse("expected the float output $name, found ${keys.joinToString()}; export it again")

/** The output [name] as whole numbers. */
internal fun Tensors.ints(name: String): Tensor.Ints =
    this[name] as? Tensor.Ints ?: refuse("expected the whole-number output $name, found ${keys.joinToString()}; export it again")
