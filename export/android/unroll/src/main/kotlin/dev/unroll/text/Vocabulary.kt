package dev.unroll.text

import dev.unroll.refuse

/** Ids for tokens, kept one token a line: 0 pads, 1 is any unknown token. */
class Vocabulary private constructor(private val ids: Map<String, Int>) {
    val size: Int get() = ids.size

    fun id(token: String): Int = ids[token] ?: UNKNOWN

    companion object {
        const val UNKNOWN = 1
        private val RESERVED = listOf("<pad>", "<unk>")

        /** Reads the text of a vocabulary file; [place] is what errors call it. */
        fun of(text: String, place: String): Vocabulary {
            val tokens = text.removePrefix("\uFEFF").removeSuffix("\n").split("\n")
            if (tokens.take(RESERVED.size) != RESERVED) {
                refuse("$place:1: expected the lines ${RESERVED.joinToString(" and ")}, found others; restore the file")
            }
            val ids = HashMap<String, Int>(tokens.size * 2)
            tokens.forEachIndexed { id, token ->
                if (ids.put(token, id) != null) {
                    refuse("$place:${id + 1}: expected each token once, found $token again; restore the file")
                }
            }
            return Vocabulary(ids)
        }
    }
}
