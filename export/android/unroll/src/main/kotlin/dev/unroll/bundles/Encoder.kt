package dev.unroll.bundles

import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.json.Json

/** Raw inputs -> the model's inputs, as preprocess.json says. Every function refuses with a ReadingException. */
interface Encoder<Raw> {
    /** What [encode] fills, by name. */
    val inputs: Map<String, TensorSpec>

    /** The tensors of one raw input, not padded. */
    fun encode(raw: Raw): Tensors

    /** The raw inputs in a text: a single one, or as many as it holds (lines, records, rows of a table, ...). */
    fun read(text: String, single: Boolean): List<Raw>

    /** A raw input as testvectors.json holds it. */
    fun fromJson(raw: Json): Raw
}

/** A model's outputs for one raw input -> the answer, as decoder.json says. */
fun interface Decoder<in Raw, out Answer> {
    fun decode(raw: Raw, outputs: Tensors): Answer
}
