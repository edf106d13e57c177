package dev.unroll.writing

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Encoder
import dev.unroll.json.Json
import dev.unroll.json.LONGEST
import dev.unroll.json.Specification
import dev.unroll.refuse

private const val LENGTHS = "lengths"

private fun inputs(name: String, timesteps: Int, features: Int) = mapOf(
    name to TensorSpec(listOf(timesteps, features), TensorSpec.Type.FLOAT32),
    LENGTHS to TensorSpec(emptyList(), TensorSpec.Type.INT32),
)

/** Checks what ink and pictures have in common. */
private fun check(values: Specification, kind: String) {
    values.text("kind", kind)
    values.text("task", "line", "character")
    values.texts("labels")
}

/** Encodes pen ink, a point a timestep. */
class InkEncoder private constructor(private val settings: InkSettings) : Encoder<Ink> {
    override val inputs: Map<String, TensorSpec> = inputs("ink", settings.maxTimesteps, settings.features.size)

    override fun encode(raw: Ink): Tensors {
        val encoded = encodeInk(raw, settings)
        return mapOf("ink" to encoded, LENGTHS to Tensor.Ints(intArrayOf(encoded.rows)))
    }

    override fun read(text: String, single: Boolean): List<Ink> = readInks(text, "the input")

    override fun fromJson(raw: Json): Ink = inkOf(raw, "raw input")

    companion object {
        fun of(values: Specification): InkEncoder {
            check(values, "ink")
            return InkEncoder(InkSettings.of(values.inner("ink")))
        }
    }
}

/** Encodes pictures of writing, a column a timestep. */
class PictureEncoder private constructor(private val height: Int, private val maxTimesteps: Int) : Encoder<Picture> {
    override val inputs: Map<String, TensorSpec> = inputs("columns", maxTimesteps, height)

    override fun encode(raw: Picture): Tensors {
        val encoded = encodePicture(raw, height, maxTimesteps)
        return mapOf("columns" to encoded, LENGTHS to Tensor.Ints(intArrayOf(encoded.rows)))
    }

    override fun read(text: String, single: Boolean): List<Picture> = refuse("expected a picture, found a text; give a picture")

    override fun fromJson(raw: Json): Picture = Picture.of(raw)

    companion object {
        fun of(values: Specification): PictureEncoder {
            check(values, "image")
            val given = values.inner("image")
            return PictureEncoder(given.int("height", 1..4096), given.int("max_timesteps", 1..LONGEST))
        }
    }
}
