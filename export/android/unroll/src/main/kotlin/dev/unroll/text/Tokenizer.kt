package dev.unroll.text

import dev.unroll.json.Json
import dev.unroll.json.Specification
import java.util.regex.Pattern

/**
 * Splits a text into words and symbols: NFC, lower case, replacements in order, then every match of a pattern.
 *
 * The rules come from preprocess.json; they are made of Unicode properties, which the platforms agree on.
 */
class Tokenizer private constructor(private val replacements: List<Pair<Pattern, String>>, private val token: Pattern) {
    fun tokens(text: String): List<String> {
        var plain = lower(nfc(text))
        for ((pattern, replacement) in replacements) plain = pattern.matcher(plain).replaceAll(replacement)
        val matcher = token.matcher(plain)
        val found = ArrayList<String>()
        while (matcher.find()) found += matcher.group()
        return found
    }

    companion object {
        fun of(values: Specification): Tokenizer {
            values.text("normalize", "NFC")
            if (!values.flag("lower")) values.wrong("lower", "true")
            val pairs = values.items("replacements").map { pair ->
                val parts = (pair as? Json.Items)?.values?.map { (it as? Json.Text)?.value }
                val (pattern, replacement) = parts?.filterNotNull()?.takeIf { it.size == 2 && parts.size == 2 }
                    ?: values.wrong("replacements", "pairs of pattern and replacement")
                compiled(pattern) { values.wrong("replacements", "regular expressions") } to javaReplacement(replacement)
            }
            return Tokenizer(pairs, values.pattern("token"))
        }

        /** `\1` of the specification as Java writes it. */
        private fun javaReplacement(replacement: String): String {
            val made = StringBuilder()
            var at = 0
            while (at < replacement.length) {
                val character = replacement[at]
                val next = replacement.getOrNull(at + 1)
                when {
                    character == '\\' && next in '1'..'9' -> made.append('$').append(next).also { at++ }
                    character == '$' || character == '\\' -> made.append('\\').append(character)
                    else -> made.append(character)
                }
                at++
            }
            return made.toString()
        }

        private operator fun CharRange.contains(character: Char?): Boolean = character != null && character in this
    }
}
