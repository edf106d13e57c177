package dev.unroll.dna

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Encoder
import dev.unroll.json.Json
import dev.unroll.json.Specification
import dev.unroll.refuse

private const val SHORTEST = 20
private const val LONGEST = 20_000

/**
 * Encodes nucleotides as codes; of a longer record the middle is read, unless records are windows around a point, which
 * have one length.
 */
class NucleotideEncoder private constructor(private val maxLength: Int, private val isAligned: Boolean) : Encoder<Record> {
    private val sequence = mapOf("sequence" to TensorSpec(listOf(maxLength), TensorSpec.Type.INT32))
    override val inputs: Map<String, TensorSpec> =
        if (isAligned) sequence else sequence + ("lengths" to TensorSpec(emptyList(), TensorSpec.Type.INT32))

    /** The shortest record that the model takes, in nucleotides. */
    val shortest: Int = if (isAligned) maxLength else minOf(SHORTEST, maxLength)

    override fun encode(raw: Record): Tensors {
        val length = raw.sequence.length
        if (length < shortest || (isAligned && length > maxLength)) {
            val wanted = if (isAligned) "exactly $shortest" else "at least $shortest"
            refuse("record ${raw.name}: expected $wanted nucleotides, found $length; give others")
        }
        val start = maxOf(0, length - maxLength) / 2
        val codes = IntArray(minOf(length, maxLength)) { LETTERS.indexOf(raw.sequence[start + it]) + 1 }
        val encoded = mapOf("sequence" to Tensor.Ints(codes))
        return if (isAligned) encoded else encoded + ("lengths" to Tensor.Ints(intArrayOf(codes.size)))
    }

    override fun read(text: String, single: Boolean): List<Record> = readRecords(text, single)

    override fun fromJson(raw: Json): Record {
        val values = Specification.of(raw, "raw input")
        val name = values.text("name")
        return Record(name, clean(values.text("sequence"), "record $name"))
    }

    companion object {
        fun of(values: Specification): NucleotideEncoder {
            values.text("kind", "nucleotides")
            values.text("letters", LETTERS)
            values.texts("labels")
            values.flag("both_strands")
            return NucleotideEncoder(values.int("max_length", 1..LONGEST), values.flag("aligned"))
        }
    }
}
