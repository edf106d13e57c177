package dev.unroll.json

import dev.unroll.refuse

/** Timesteps that any model may read: what is allocated for a row stays small. */
const val LONGEST = 1 shl 20

/**
 * An object of a bundle's file, read field by field. Nothing is taken as it stands: each field has the type and the range
 * that its reader relies on, and the first that has not is refused in one line that names file and field.
 */
class Specification private constructor(private val values: Map<String, Json>, private val place: String) {
    operator fun contains(name: String): Boolean = name in values

    val names: Set<String> get() = values.keys

    fun value(name: String): Json = values[name] ?: wrong(name, "it", "none")

    fun inner(name: String): Specification = of(value(name), "$place: $name")

    fun whole(name: String, range: LongRange): Long {
        val found = (value(name) as? Json.Number)?.takeIf { it.isWhole }?.written?.toLongOrNull()
        return found?.takeIf { it in range } ?: wrong(name, "a whole number from ${range.first} to ${range.last}")
    }

    fun int(name: String, range: IntRange): Int = whole(name, range.first.toLong()..range.last.toLong()).toInt()

    fun number(name: String, range: ClosedRange<Double> = ANY): Double = number(value(name), name, range)

    fun numbers(name: String, range: ClosedRange<Double> = ANY): DoubleArray {
        val found = items(name)
        return DoubleArray(found.size) { number(found[it], name, range) }
    }

    fun flag(name: String): Boolean = (value(name) as? Json.Flag)?.value ?: wrong(name, "true or false")

    fun text(name: String, vararg allowed: String): String {
        val found = (value(name) as? Json.Text)?.value
        if (found == null || !isWhole(found)) wrong(name, "a text")
        if (allowed.isNotEmpty() && found !in allowed) wrong(name, "one of ${allowed.joinToString()}")
        return found
    }

    /** A list of texts, none of them twice. */
    fun texts(name: String): List<String> {
        val found = items(name).map { (it as? Json.Text)?.value }
        if (found.any { it == null || !isWhole(it) } || found.toSet().size != found.size) wrong(name, "different texts")
        return found.filterNotNull()
    }

    fun items(name: String): List<Json> = (value(name) as? Json.Items)?.values ?: wrong(name, "a list")

    /** The objects of a list. */
    fun innerItems(name: String): List<Specification> = items(name).map { of(it, "$place: $name") }

    /** Refuses the field [name]. */
    fun wrong(name: String, expected: String, found: String = shown(values[name])): Nothing =
        refuse("$place: $name: expected $expected, found $found; restore the file")

    private fun number(value: Json, name: String, range: ClosedRange<Double>): Double {
        val found = (value as? Json.Number)?.value
        return found?.takeIf { it in range && it.isFinite() }
            ?: wrong(name, "numbers from ${range.start} to ${range.endInclusive}", shown(value))
    }

    companion object {
        private val ANY = -Double.MAX_VALUE..Double.MAX_VALUE

        /** [value] as an object; [place] is what errors call it. */
        fun of(value: Json, place: String): Specification =
            Specification((value as? Json.Fields)?.values ?: refuse("$place: expected an object, found ${shown(value)}"), place)

        /** Whether a text holds no half of a surrogate pair. */
        private fun isWhole(text: String): Boolean {
            var at = 0
            while (at < text.length) {
                val point = text.codePointAt(at)
                if (point in 0xD800..0xDFFF) return false
                at += Character.charCount(point)
            }
            return true
        }

        private fun shown(value: Json?): String = when (value) {
            null -> "none"
            is Json.Text -> "\"${value.value.take(40)}\""
            is Json.Number -> value.written.take(40)
            is Json.Flag -> value.value.toString()
            is Json.Null -> "null"
            is Json.Items -> "a list"
            is Json.Fields -> "an object"
        }
    }
}
