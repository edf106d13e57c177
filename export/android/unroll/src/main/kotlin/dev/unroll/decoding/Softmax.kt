package dev.unroll.decoding

import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Decoder
import dev.unroll.floats
import dev.unroll.json.Specification

/** The most probable class, and the probability of every class, at six digits. */
data class Classes(val label: String, val probabilities: Map<String, Double>) {
    val probability: Double get() = probabilities.getValue(label)
}

/** Reads the probabilities of classes. */
class Softmax private constructor(private val output: String, private val labels: List<String>) : Decoder<Any?, Classes> {
    override fun decode(raw: Any?, outputs: Tensors): Classes {
        val row = outputs.floats(output).values
        val best = row.indices.fold(0) { best, place -> if (row[place] > row[best]) place else best }
        return Classes(labels[best], labels.indices.associate { labels[it] to rounded(row[it].toDouble(), 6) })
    }

    companion object {
        /** @param shapes output name -> shape, of the model */
        fun of(values: Specification, shapes: Map<String, TensorSpec>): Softmax {
            values.text("kind", "softmax")
            val output = values.text("output", *shapes.keys.toTypedArray())
            val labels = values.texts("labels")
            if (shapes.getValue(output).shape != listOf(labels.size)) {
                values.wrong("labels", "as many as $output has", labels.size.toString())
            }
            return Softmax(output, labels)
        }
    }
}
