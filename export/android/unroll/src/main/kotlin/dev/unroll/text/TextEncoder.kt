package dev.unroll.text

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.BundleFiles
import dev.unroll.bundles.Encoder
import dev.unroll.json.Json
import dev.unroll.json.LONGEST
import dev.unroll.json.Specification

/** Encodes texts as token ids; a longer text keeps its head and its tail, where reviews say what they think. */
class TextEncoder private constructor(
    private val tokenizer: Tokenizer,
    private val vocabulary: Vocabulary,
    private val maxLength: Int,
    private val head: Int,
) : Encoder<String> {
    override val inputs: Map<String, TensorSpec> = mapOf(
        TOKENS to TensorSpec(listOf(maxLength), TensorSpec.Type.INT32),
        LENGTHS to TensorSpec(emptyList(), TensorSpec.Type.INT32),
    )

    /** `tokens` and `lengths`; a text without words is one unknown word. */
    override fun encode(raw: String): Tensors {
        val ids = ids(raw)
        return mapOf(TOKENS to Tensor.Ints(ids), LENGTHS to Tensor.Ints(intArrayOf(ids.size)))
    }

    private fun ids(text: String): IntArray {
        val tokens = tokenizer.tokens(text)
        if (tokens.isEmpty()) return intArrayOf(Vocabulary.UNKNOWN)
        val length = minOf(tokens.size, maxLength)
        val dropped = tokens.size - length
        return IntArray(length) { vocabulary.id(tokens[if (it < head) it else it + dropped]) }
    }

    /** One text, or one a line with empty lines left out. */
    override fun read(text: String, single: Boolean): List<String> =
        if (single) listOf(text) else text.splitLines().filter { it.stripped().isNotEmpty() }

    override fun fromJson(raw: Json): String = Specification.of(Json.Fields(mapOf("text" to raw)), "raw input").text("text")

    companion object {
        const val TOKENS = "tokens"
        const val LENGTHS = "lengths"
        private const val VOCABULARY = "vocabulary.txt"

        fun of(values: Specification, files: BundleFiles): TextEncoder {
            values.text("kind", "text")
            val longest = values.int("max_length", 1..LONGEST)
            val name = "preprocessing/${values.text("vocabulary", VOCABULARY)}"
            return TextEncoder(
                Tokenizer.of(values.inner("tokenizer")),
                Vocabulary.of(files.text(name), name),
                longest,
                values.int("head", 0..longest),
            )
        }
    }
}
