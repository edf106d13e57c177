package dev.unroll.words

import dev.unroll.text.codePoints32
import dev.unroll.text.lower
import dev.unroll.text.nfc
import dev.unroll.text.textOf

/** The names of a word's forms, in order. */
internal val FORMS = listOf("case", "shape", "prefix2", "prefix3", "suffix2", "suffix3")
private const val LONGEST_SHAPE = 10

/** The word in NFC and lower case, every decimal digit a 0, so that all years are one word. */
internal fun folded(word: String): String {
    val points = lower(nfc(word)).codePoints32()
    for (place in points.indices) if (isDigit(points[place])) points[place] = '0'.code
    return textOf(points)
}

/** X for runs of upper case, x for other letters, 0 for digits, other characters as they are, each run once. */
internal fun shape(word: String): String {
    val made = StringBuilder()
    var last = -1
    var count = 0
    for (point in nfc(word).codePoints32()) {
        val kind = when {
            isUpper(point) || point == 'X'.code -> 'X'.code
            isLetter(point) -> 'x'.code
            isDigit(point) -> '0'.code
            else -> point
        }
        if (kind == last) continue
        last = kind
        if (count++ == LONGEST_SHAPE) break
        made.appendCodePoint(kind)
    }
    return made.toString()
}

/** One of upper, title, lower, mixed, number, digits (among others) and none (no letter, no digit). */
internal fun case(word: String): String {
    val points = word.codePoints32()
    val letters = points.count(::isLetter)
    val digits = points.count(::isDigit)
    val upper = points.count(::isUpper)
    return when {
        letters == 0 && digits == points.size -> "number"
        letters == 0 -> if (digits > 0) "digits" else "none"
        upper == 0 -> "lower"
        upper == letters && letters > 1 -> "upper"
        upper == 1 && isUpper(points[0]) -> "title"
        else -> "mixed"
    }
}

/** The word's forms, one for each of [FORMS]: `case=title`, `shape=Xx`, `prefix2=un`, ... */
internal fun forms(word: String): List<String> {
    val plain = folded(word).codePoints32()
    fun start(size: Int) = textOf(plain, 0, minOf(size, plain.size))
    fun end(size: Int) = textOf(plain, maxOf(0, plain.size - size))
    return listOf(
        "case=${case(word)}", "shape=${shape(word)}",
        "prefix2=${start(2)}", "prefix3=${start(3)}", "suffix2=${end(2)}", "suffix3=${end(3)}",
    )
}

private fun isDigit(point: Int) = Character.getType(point).toByte() == Character.DECIMAL_DIGIT_NUMBER

/** Categories Lu and Lt; `Character.isUpperCase` takes more. */
private fun isUpper(point: Int) = when (Character.getType(point).toByte()) {
    Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> true
    else -> false
}

/** Categories L and M. */
private fun isLetter(point: Int) = Character.isLetter(point) || when (Character.getType(point).toByte()) {
    Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> true
    else -> false
}
