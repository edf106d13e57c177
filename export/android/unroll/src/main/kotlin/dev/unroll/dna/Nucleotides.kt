package dev.unroll.dna

import dev.unroll.refuse
import java.util.Locale

/** One sequence: its name, and upper-case IUPAC letters, U already T. */
data class Record(val name: String, val sequence: String)

internal const val LETTERS = "ACGTNRYSWKMBDHV"

/** Upper-case letters with U as T; [place] is what errors call the record. */
internal fun clean(text: String, place: String): String {
    val letters = text.uppercase(Locale.ROOT).replace('U', 'T')
    val strange = letters.indexOfFirst { it !in LETTERS }
    if (strange < 0) return letters
    refuse(
        "$place: expected nucleotides (A C G T U and IUPAC codes such as N), found '${letters[strange]}' at position " +
            "${strange + 1}; mend the record",
    )
}
