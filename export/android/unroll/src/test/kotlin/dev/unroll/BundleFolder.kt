package dev.unroll

import dev.unroll.bundles.Bundle
import dev.unroll.bundles.BundleFiles
import dev.unroll.json.Json
import dev.unroll.json.Specification
import dev.unroll.json.parseJson
import java.io.File
import java.io.IOException

/** A bundle in the sample's assets, and its test vectors. */
class BundleFolder private constructor(private val folder: File, private val vectors: File) : BundleFiles {
    val name: String get() = folder.name

    override fun text(name: String): String = try {
        File(folder, name).readText()
    } catch (error: IOException) {
        refuse("$name: cannot be read", error)
    }

    fun bundle(): Bundle = Bundle(this)

    fun vectors(): Specification = Specification.of(parseJson(vectors.readText(), "testvectors.json"), "testvectors.json")

    companion object {
        /** Every bundle that was dropped into the project, in order of name. */
        fun all(): List<BundleFolder> {
            val vectors = File(System.getProperty("unroll.vectors") ?: error("expected -Dunroll.vectors"))
            val assets = File(System.getProperty("unroll.assets") ?: error("expected -Dunroll.assets"))
            return assets.listFiles().orEmpty().filter { File(it, "manifest.json").isFile }.sortedBy { it.name }
                .map { BundleFolder(it, File(vectors, "${it.name}/testvectors.json")) }
        }
    }
}

/** The rows of a tensor as plain values, as testvectors.json nests them. */
fun nested(tensor: Tensor, shape: List<Int>): Any? {
    val flat: List<Any> = when (tensor) {
        is Tensor.Ints -> tensor.values.map(Int::toLong)
        is Tensor.Floats -> tensor.values.map(Float::toDouble)
    }
    return when (shape.size) {
        0 -> flat.single()
        1 -> flat
        else -> flat.chunked(tensor.width)
    }
}

/** A tensor of nested numbers. */
fun tensorOf(value: Json, spec: TensorSpec): Tensor {
    val numbers = ArrayList<Json.Number>()
    fun collect(part: Json) {
        when (part) {
            is Json.Items -> part.values.forEach(::collect)
            is Json.Number -> numbers += part
            else -> error("no number: $part")
        }
    }
    collect(value)
    val width = spec.shape.drop(1).fold(1, Int::times)
    return when (spec.type) {
        TensorSpec.Type.INT32 -> Tensor.Ints(IntArray(numbers.size) { numbers[it].written.toInt() }, width)
        TensorSpec.Type.FLOAT32 -> Tensor.Floats(FloatArray(numbers.size) { numbers[it].value.toFloat() }, width)
    }
}
