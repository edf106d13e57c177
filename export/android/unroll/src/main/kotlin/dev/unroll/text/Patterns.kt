package dev.unroll.text

import dev.unroll.json.Specification
import java.util.regex.Pattern
import java.util.regex.PatternSyntaxException

/** `\s` of the specification: on a JVM it is ASCII alone, on a phone something else again. */
private const val BLANKS = "\\t-\\r \\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000"

/** The regular expression in the field [name]. */
internal fun Specification.pattern(name: String): Pattern = compiled(text(name)) { wrong(name, "a regular expression") }

internal inline fun compiled(expression: String, refused: () -> Nothing): Pattern =
    try {
        Pattern.compile(withExplicitBlanks(expression))
    } catch (_: PatternSyntaxException) {
        refused()
    }

/** The expression with every `\s` outside of brackets written out, so that all platforms read the same. */
internal fun withExplicitBlanks(expression: String): String {
    val made = StringBuilder(expression.length)
    var inBrackets = false
    var at = 0
    while (at < expression.length) {
        val character = expression[at]
        if (character == '\\' && at + 1 < expression.length) {
            when {
                expression[at + 1] != 's' -> made.append(character).append(expression[at + 1])
                inBrackets -> made.append(BLANKS)
                else -> made.append('[').append(BLANKS).append(']')
            }
            at += 2
            continue
        }
        if (character == '[') inBrackets = true
        if (character == ']') inBrackets = false
        made.append(character)
        at++
    }
    return made.toString()
}
