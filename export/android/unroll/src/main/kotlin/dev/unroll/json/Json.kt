package dev.unroll.json

/**
 * A JSON value.
 *
 * Android has `org.json`, a plain JVM does not, and its numbers do not tell 1 from 1.0; kotlinx.serialization wants a
 * compiler plugin and a library of its own. A bundle's files are small and plain, so this reader is all that is needed,
 * and what the JVM tests run is what the phone runs.
 */
sealed interface Json {
    data class Text(val value: String) : Json

    /** A number as it was written: `1` is whole, `1.0` is not. */
    data class Number(val written: String) : Json {
        val isWhole: Boolean get() = written.none { it == '.' || it == 'e' || it == 'E' }
        val value: Double get() = written.toDouble()
    }

    data class Flag(val value: Boolean) : Json

    data object Null : Json

    data class Items(val values: List<Json>) : Json

    /** An object; the order of its fields is kept. */
    data class Fields(val values: Map<String, Json>) : Json
}
