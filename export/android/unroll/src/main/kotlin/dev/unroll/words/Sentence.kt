package dev.unroll.words

import dev.unroll.text.codePoints32
import dev.unroll.text.textOf

/**
 * Words that know where they stand in the text they come from. All offsets are in code points, as in every other reader;
 * [Utf16Offsets] turns them into places of a Kotlin String.
 *
 * @property words the words
 * @property starts the offset of each word in the whole text
 * @property text the part of that text from [offset] on that holds the words
 * @property offset where [text] begins in the whole text
 */
data class Sentence(val words: List<String>, val starts: List<Int>, val text: String, val offset: Int = 0) {
    private val points by lazy(LazyThreadSafetyMode.PUBLICATION) { text.codePoints32() }

    /** The end in the whole text of the word [number]. */
    internal fun end(number: Int): Int = starts[number] + words[number].codePointCount(0, words[number].length)

    /** The text between two offsets of the whole text. */
    internal fun between(start: Int, end: Int): String = textOf(points, start - offset, end - offset)
}

/** Code point offsets of a text -> indices of the String, for spans on a screen. */
class Utf16Offsets(text: String) {
    // null where the two are the same: no character lies beyond 16 bits
    private val indices: IntArray? = indices(text)

    operator fun get(offset: Int): Int = indices?.get(offset) ?: offset

    private fun indices(text: String): IntArray? {
        val count = text.codePointCount(0, text.length)
        if (count == text.length) return null
        val found = IntArray(count + 1)
        for (place in 0 until count) found[place + 1] = found[place] + Character.charCount(text.codePointAt(found[place]))
        return found
    }
}
