package dev.unroll.words

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.BundleFiles
import dev.unroll.bundles.Encoder
import dev.unroll.json.Json
import dev.unroll.json.LONGEST
import dev.unroll.json.Specification
import dev.unroll.text.Vocabulary
import dev.unroll.text.codePoints32

/** Encodes sentences as ids of words, of their forms and of their characters; words beyond `max_length` are not read. */
class WordEncoder private constructor(
    private val splitter: WordSplitter,
    private val words: Vocabulary,
    private val forms: Vocabulary,
    private val characters: Vocabulary,
    private val maxLength: Int,
    private val maxCharacters: Int,
) : Encoder<Sentence> {
    override val inputs: Map<String, TensorSpec> = mapOf(
        "tokens" to TensorSpec(listOf(maxLength), TensorSpec.Type.INT32),
        "forms" to TensorSpec(listOf(maxLength, FORMS.size), TensorSpec.Type.INT32),
        "characters" to TensorSpec(listOf(maxLength, maxCharacters), TensorSpec.Type.INT32),
        "lengths" to TensorSpec(emptyList(), TensorSpec.Type.INT32),
    )

    /** A sentence without words is one unknown word. */
    override fun encode(raw: Sentence): Tensors {
        val rows = raw.words.size.coerceIn(1, maxLength)
        val ids = IntArray(rows) { Vocabulary.UNKNOWN }
        val shapes = IntArray(rows * FORMS.size) { Vocabulary.UNKNOWN }
        val letters = IntArray(rows * maxCharacters)
        for (row in 0 until minOf(raw.words.size, maxLength)) {
            val word = raw.words[row]
            ids[row] = words.id(folded(word))
            forms(word).forEachIndexed { column, form -> shapes[row * FORMS.size + column] = forms.id(form) }
            writeCharacters(word, letters, row * maxCharacters)
        }
        return mapOf(
            "tokens" to Tensor.Ints(ids),
            "forms" to Tensor.Ints(shapes, FORMS.size),
            "characters" to Tensor.Ints(letters, maxCharacters),
            "lengths" to Tensor.Ints(intArrayOf(rows)),
        )
    }

    /** Writes the ids of a word's characters; of a longer word half from each end. */
    private fun writeCharacters(word: String, into: IntArray, at: Int) {
        val points = word.codePoints32()
        val length = minOf(points.size, maxCharacters)
        val head = if (points.size > maxCharacters) maxCharacters / 2 else length
        for (place in 0 until length) {
            val point = points[if (place < head) place else points.size - length + place]
            into[at + place] = characters.id(String(Character.toChars(point)))
        }
    }

    /** The sentences of a text; a single text without words is one sentence without words. */
    override fun read(text: String, single: Boolean): List<Sentence> {
        val found = splitter.sentences(text)
        return if (found.isEmpty() && single) listOf(Sentence(emptyList(), emptyList(), text)) else found
    }

    override fun fromJson(raw: Json): Sentence {
        val values = Specification.of(raw, "raw input")
        val words = values.items("words").map { (it as? Json.Text)?.value ?: values.wrong("words", "texts") }
        val starts = values.numbers("starts", 0.0..1e12).map(Double::toInt)
        if (starts.size != words.size) values.wrong("starts", "one for each of ${words.size} words", starts.size.toString())
        return Sentence(words, starts, values.text("text"), values.int("offset", 0..Int.MAX_VALUE))
    }

    companion object {
        fun of(values: Specification, files: BundleFiles): WordEncoder {
            values.text("kind", "words")
            val types = values.texts("types")
            if (values.inner("forms").texts("order") != FORMS) values.wrong("forms", "those of this version", "others")
            if (values.texts("tags") != bioesTags(types)) values.wrong("tags", "those of this version", "others")
            fun vocabulary(name: String, file: String): Vocabulary {
                val path = "preprocessing/${values.inner(name).text("file", file)}"
                return Vocabulary.of(files.text(path), path)
            }
            return WordEncoder(
                WordSplitter.of(values.inner("splitter")),
                vocabulary("words", "words.txt"),
                vocabulary("forms", "forms.txt"),
                vocabulary("characters", "characters.txt"),
                values.int("max_length", 1..LONGEST),
                values.inner("characters").int("per_word", 1..LONGEST),
            )
        }
    }
}
