package dev.unroll.bundles

import dev.unroll.TensorSpec
import dev.unroll.json.Specification
import dev.unroll.json.parseJson

/** A state that a step takes and gives back: names of its input and output, and how many numbers it is. */
data class StateSpec(val input: String, val output: String, val size: Int)

/**
 * What manifest.json says of a bundle's model.
 *
 * @property inputs of the signature `run`, by name
 * @property outputs of the signature `run`, by name
 * @property states of the signature `step`; null where the model has none
 */
class Manifest private constructor(
    val application: String,
    val inputs: Map<String, TensorSpec>,
    val outputs: Map<String, TensorSpec>,
    val states: List<StateSpec>?,
) {
    companion object {
        fun of(files: BundleFiles): Manifest {
            val values = Specification.of(parseJson(files.text(NAME), NAME), NAME)
            values.text("format", "unroll-bundle")
            values.int("format_version", 1..1)
            values.text("lane", "litert")
            val signatures = values.inner("signatures")
            val run = signatures.inner("run")
            val states = if ("step" in signatures) signatures.inner("step").innerItems("states") else null
            return Manifest(
                values.text("application"),
                tensors(run.inner("inputs")),
                tensors(run.inner("outputs")),
                states?.map { StateSpec(it.text("input"), it.text("output"), shape(it).fold(1, Int::times)) },
            )
        }

        private const val NAME = "manifest.json"

        private fun tensors(values: Specification): Map<String, TensorSpec> = values.names.associateWith { name ->
            val tensor = values.inner(name)
            val type = if (tensor.text("dtype", "int32", "float32") == "int32") TensorSpec.Type.INT32 else TensorSpec.Type.FLOAT32
            TensorSpec(shape(tensor), type, if ("fill" in tensor) tensor.number("fill") else 0.0)
        }

        /** The shape without the batch axis. */
        private fun shape(values: Specification): List<Int> {
            val found = values.numbers("shape", 1.0..Int.MAX_VALUE.toDouble()).map(Double::toInt)
            return found.drop(1)
        }
    }
}
