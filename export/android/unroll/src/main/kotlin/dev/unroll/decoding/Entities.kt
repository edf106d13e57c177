package dev.unroll.decoding

import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Decoder
import dev.unroll.floats
import dev.unroll.ints
import dev.unroll.json.LONGEST
import dev.unroll.json.Specification
import dev.unroll.refuse
import dev.unroll.words.BioesTag
import dev.unroll.words.Sentence
import dev.unroll.words.Span
import dev.unroll.words.spans
import dev.unroll.words.tags

/** A name in a text: [start] and [end] (excluded) are offsets in the whole text, in code points. */
data class Entity(val text: String, val type: String, val start: Int, val end: Int, val probability: Double? = null)

/** The entities of a sentence; from the offset [unreadFrom] on the model did not read it. */
data class Tagged(val text: String, val start: Int, val entities: List<Entity>, val unreadFrom: Int? = null)

/** Reads tags of words; the best path was found in the graph. */
class Entities private constructor(
    private val output: String,
    private val labels: List<BioesTag>,
    private val maxLength: Int,
    private val marginals: String?,
    private val onward: String?,
) : Decoder<Sentence, Tagged> {
    override fun decode(raw: Sentence, outputs: Tensors): Tagged {
        val path = outputs.ints(output).values
        val count = raw.words.size
        val tags = List(count) { if (it < maxLength && it < path.size) tag(path[it]) else BioesTag.OUTSIDE }
        val entities = spans(tags).map { span ->
            val start = raw.starts[span.start]
            val end = raw.end(span.end - 1)
            Entity(raw.between(start, end), span.type, start, end, probability(outputs, path, span))
        }
        return Tagged(raw.text, raw.offset, entities, if (count > maxLength) raw.starts[maxLength] else null)
    }

    private fun tag(number: Int): BioesTag = labels.getOrNull(number)
        ?: refuse("decoder.json: expected a label for every tag, found ${labels.size} labels and the tag $number; export it again")

    /** The first tag's marginal times the conditional probabilities after it; null where the model tells none. */
    private fun probability(outputs: Tensors, path: IntArray, span: Span): Double? {
        if (marginals == null || onward == null) return null
        val after = outputs.floats(onward).values
        var found = outputs.floats(marginals)[span.start, path[span.start]].toDouble()
        for (place in span.start + 1 until span.end) found *= after[place]
        return rounded(found, 6)
    }

    companion object {
        fun of(values: Specification, shapes: Map<String, TensorSpec>): Entities {
            values.text("kind", "entities")
            values.text("scheme", "BIOES")
            val names = shapes.keys.toTypedArray()
            val output = values.text("output", *names)
            val labels = values.tags("labels")
            val length = shapes.getValue(output).shape.singleOrNull()?.takeIf { it in 1..LONGEST }
                ?: values.wrong("output", "one of a tag a word", output)
            val marginals = if ("marginals" in values) values.text("marginals", *names) else null
            val onward = if (marginals != null) values.text("onward", *names) else null
            if (marginals != null && shapes.getValue(marginals).shape != listOf(length, labels.size)) {
                values.wrong("marginals", "marginals of $length words and ${labels.size} tags", marginals)
            }
            if (onward != null && shapes.getValue(onward).shape != listOf(length)) values.wrong("onward", "one number a word", onward)
            return Entities(output, labels, length, marginals, onward)
        }
    }
}
