package dev.unroll.runtime

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.refuse

/**
 * The arrays of a model's input, made once and filled anew for every call: a row's numbers, then the fill value up to
 * the input's length.
 */
internal class PaddedInput(private val name: String, private val spec: TensorSpec) {
    val ints: IntArray = if (spec.type == TensorSpec.Type.INT32) IntArray(spec.size) else IntArray(0)
    val floats: FloatArray = if (spec.type == TensorSpec.Type.FLOAT32) FloatArray(spec.size) else FloatArray(0)

    fun fill(tensor: Tensor?) {
        when {
            tensor is Tensor.Ints && spec.type == TensorSpec.Type.INT32 -> {
                check(tensor.values.size)
                tensor.values.copyInto(ints)
                ints.fill(spec.fill.toInt(), tensor.values.size)
            }
            tensor is Tensor.Floats && spec.type == TensorSpec.Type.FLOAT32 -> {
                check(tensor.values.size)
                tensor.values.copyInto(floats)
                floats.fill(spec.fill.toFloat(), tensor.values.size)
            }
            else -> refuse("expected the input $name as ${spec.type}, found another or none; encode with the bundle's reader")
        }
    }

    private fun check(size: Int) {
        if (size > spec.size) refuse("$name: expected at most ${spec.size} numbers, found $size; encode with the bundle's reader")
    }
}
