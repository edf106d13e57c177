package dev.unroll.json

import dev.unroll.refuse

private const val DEEPEST = 64

/**
 * Reads a JSON document (RFC 8259).
 *
 * @param place what errors call it
 * @throws dev.unroll.ReadingException it is none; the line is named
 */
fun parseJson(text: String, place: String): Json = JsonParser(text, place).document()

private class JsonParser(private val text: String, private val place: String) {
    private var at = if (text.startsWith('\uFEFF')) 1 else 0
    private val scratch = StringBuilder()

    fun document(): Json {
        val value = value(0)
        skipBlanks()
        if (at < text.length) wrong("nothing more")
        return value
    }

    private fun value(depth: Int): Json {
        if (depth > DEEPEST) wrong("at most $DEEPEST levels")
        skipBlanks()
        return when (peek()) {
            '{' -> fields(depth)
            '[' -> items(depth)
            '"' -> Json.Text(string())
            't' -> literal("true", Json.Flag(true))
            'f' -> literal("false", Json.Flag(false))
            'n' -> literal("null", Json.Null)
            else -> number()
        }
    }

    private fun fields(depth: Int): Json {
        at++
        val found = LinkedHashMap<String, Json>()
        while (true) {
            skipBlanks()
            if (found.isEmpty() && peek() == '}') break
            if (peek() != '"') wrong("a field's name")
            val name = string()
            skipBlanks()
            if (peek() != ':') wrong("a colon")
            at++
            found[name] = value(depth + 1)
            skipBlanks()
            if (peek() != ',') break
            at++
        }
        if (peek() != '}') wrong("a closing brace")
        at++
        return Json.Fields(found)
    }

    private fun items(depth: Int): Json {
        at++
        val found = ArrayList<Json>()
        while (true) {
            skipBlanks()
            if (found.isEmpty() && peek() == ']') break
            found += value(depth + 1)
            skipBlanks()
            if (peek() != ',') break
            at++
        }
        if (peek() != ']') wrong("a closing bracket")
        at++
        return Json.Items(found)
    }

    private fun string(): String {
        at++
        val start = at
        while (at < text.length && text[at] != '"' && text[at] != '\\' && text[at] >= ' ') at++
        if (peek() == '"') return text.substring(start, at++)
        scratch.setLength(0)
        scratch.append(text, start, at)
        while (true) {
            val character = peek()
            if (character < ' ') wrong("a closing quotation mark")
            at++
            when (character) {
                '"' -> return scratch.toString()
                '\\' -> scratch.append(escaped())
                else -> scratch.append(character)
            }
        }
    }

    private fun escaped(): Char {
        val character = peek()
        at++
        return when (character) {
            '"', '\\', '/' -> character
            'b' -> '\b'
            'f' -> '\u000C'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> {
                val digits = text.substring(at, minOf(at + 4, text.length))
                if (digits.length < 4 || digits.any { it !in '0'..'9' && it !in 'a'..'f' && it !in 'A'..'F' }) {
                    wrong("four hexadecimal digits")
                }
                at += 4
                digits.toInt(16).toChar()
            }
            else -> wrong("an escape")
        }
    }

    private fun number(): Json {
        val start = at
        if (peek() == '-') at++
        when (peek()) {
            '0' -> at++
            in '1'..'9' -> digits()
            else -> wrong("a value")
        }
        if (peek() == '.') {
            at++
            digits()
        }
        if (peek() == 'e' || peek() == 'E') {
            at++
            if (peek() == '+' || peek() == '-') at++
            digits()
        }
        return Json.Number(text.substring(start, at))
    }

    private fun digits() {
        if (peek() !in '0'..'9') wrong("a digit")
        while (peek() in '0'..'9') at++
    }

    private fun <T : Json> literal(word: String, value: T): T {
        if (!text.startsWith(word, at)) wrong("a value")
        at += word.length
        return value
    }

    private fun skipBlanks() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++
    }

    private fun peek(): Char = if (at < text.length) text[at] else '\u0000'

    private fun wrong(expected: String): Nothing {
        val line = 1 + text.substring(0, minOf(at, text.length)).count { it == '\n' }
        val found = if (at < text.length) "'${text[at]}'" else "the end"
        refuse("$place:$line: expected JSON, found an error: $expected is missing before $found; restore the file")
    }
}
