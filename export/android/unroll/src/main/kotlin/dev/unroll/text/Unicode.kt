package dev.unroll.text

import java.text.Normalizer

/*
 * What Python does with text, where Kotlin, Java or a phone's language setting would do something else. Characters are
 * code points throughout: half of an emoji is no character.
 */

/** The code points of a text. */
internal fun CharSequence.codePoints32(): IntArray {
    val found = IntArray(Character.codePointCount(this, 0, length))
    var at = 0
    for (place in found.indices) {
        found[place] = Character.codePointAt(this, at)
        at += Character.charCount(found[place])
    }
    return found
}

internal fun textOf(points: IntArray, start: Int = 0, end: Int = points.size): String = String(points, start, end - start)

/** Unicode's NFC. */
internal fun nfc(text: String): String = Normalizer.normalize(text, Normalizer.Form.NFC)

private const val CAPITAL_SIGMA = 0x3A3
private const val CAPITAL_I_WITH_DOT = 0x130
private const val INSIDE_WORDS =
    "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A"

/**
 * Lower case that depends neither on the phone's language nor on its version: every code point by itself, but a capital
 * sigma at a word's end, and a dotted capital I, which becomes two (Unicode's SpecialCasing, what is unconditional).
 */
internal fun lower(text: String): String {
    val points = text.codePoints32()
    val made = StringBuilder(text.length)
    for (place in points.indices) {
        when (val point = points[place]) {
            CAPITAL_SIGMA -> made.append(if (endsWord(points, place)) 'ς' else 'σ')
            CAPITAL_I_WITH_DOT -> made.append("i\u0307")
            else -> made.appendCodePoint(Character.toLowerCase(point))
        }
    }
    return made.toString()
}

/** Whether the sigma at [place] follows a cased letter and precedes none (Unicode's Final_Sigma). */
private fun endsWord(points: IntArray, place: Int): Boolean {
    var before = place - 1
    while (before >= 0 && isCaseIgnorable(points[before])) before--
    if (before < 0 || !isCased(points[before])) return false
    var after = place + 1
    while (after < points.size && isCaseIgnorable(points[after])) after++
    return after == points.size || !isCased(points[after])
}

private fun isCased(point: Int): Boolean =
    Character.isUpperCase(point) || Character.isLowerCase(point) || Character.isTitleCase(point)

/** Marks, format characters, modifiers, and what stands inside words (Word_Break MidLetter, MidNumLet, Single_Quote). */
private fun isCaseIgnorable(point: Int): Boolean = when (Character.getType(point).toByte()) {
    Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT,
    Character.MODIFIER_LETTER, Character.MODIFIER_SYMBOL,
    -> true
    else -> point < 0x10000 && point.toChar() in INSIDE_WORDS
}

/** What Python's `str.strip` and `str.split` take for a blank. */
internal fun isBlank(character: Char): Boolean = when (character) {
    in '\u0009'..'\u000D', in '\u001C'..'\u0020', '\u0085', '\u00A0', '\u1680', in '\u2000'..'\u200A',
    '\u2028', '\u2029', '\u202F', '\u205F', '\u3000',
    -> true
    else -> false
}

internal fun String.stripped(): String = trim(::isBlank)

/** The text with runs of blanks made one space, none at its ends. */
internal fun String.squeezed(): String {
    val made = StringBuilder(length)
    var pending = false
    for (character in this) {
        if (isBlank(character)) {
            pending = made.isNotEmpty()
        } else {
            if (pending) made.append(' ')
            pending = false
            made.append(character)
        }
    }
    return made.toString()
}

/** The lines as Python's `str.splitlines` cuts them. */
internal fun String.splitLines(): List<String> {
    val found = ArrayList<String>()
    var start = 0
    var at = 0
    while (at < length) {
        val character = this[at]
        val ends = character in '\n'..'\r' || character in '\u001C'..'\u001E' ||
            character == '\u0085' || character == '\u2028' || character == '\u2029'
        if (ends) {
            found += substring(start, at)
            if (character == '\r' && at + 1 < length && this[at + 1] == '\n') at++
            start = at + 1
        }
        at++
    }
    if (start < length) found += substring(start)
    return found
}
