package dev.unroll.words

import dev.unroll.json.Specification

/** Words [start] until [end] of a sentence, of one type. */
internal data class Span(val start: Int, val end: Int, val type: String)

/** A tag: O, or B, I, E or S and a type. */
internal data class BioesTag(val prefix: Char, val type: String) {
    companion object {
        val OUTSIDE = BioesTag('O', "")
        private val PREFIXES = mapOf('B' to 'B', 'I' to 'I', 'M' to 'I', 'E' to 'E', 'L' to 'E', 'S' to 'S', 'U' to 'S', 'W' to 'S')

        /** The tag written so; null where it is none. */
        fun of(written: String): BioesTag? {
            if (written == "O") return OUTSIDE
            val prefix = PREFIXES[written.firstOrNull()] ?: return null
            return when {
                written.length == 1 -> BioesTag(prefix, "entity")
                written.length > 2 && written[1] == '-' -> BioesTag(prefix, written.substring(2))
                else -> null
            }
        }
    }
}

/** Every BIOES tag of some types, O first: the order of a model's outputs. */
internal fun bioesTags(types: List<String>): List<String> = listOf("O") + types.flatMap { type -> "BIES".map { "$it-$type" } }

/** The tags in the field [name]. */
internal fun Specification.tags(name: String): List<BioesTag> =
    texts(name).map { BioesTag.of(it) ?: wrong(name, "O, or B-, I-, E- or S- and a type", it) }

/**
 * The spans that conlleval reads from a sequence of tags, also from a malformed one: a span begins at B and S, and at I
 * and E after nothing, after the end of another, or after another type.
 */
internal fun spans(tags: List<BioesTag>): List<Span> {
    val found = ArrayList<Span>()
    var start = 0
    var open = ""
    tags.forEachIndexed { place, tag ->
        val begins = tag.prefix == 'B' || tag.prefix == 'S' || (tag.prefix != 'O' && tag.type != open)
        if (open.isNotEmpty() && (begins || tag.prefix == 'O')) {
            found += Span(start, place, open)
            open = ""
        }
        if (begins) {
            start = place
            open = tag.type
        }
        if (tag.prefix == 'E' || tag.prefix == 'S') {
            found += Span(start, place + 1, tag.type)
            open = ""
        }
    }
    if (open.isNotEmpty()) found += Span(start, tags.size, open)
    return found
}
