package dev.unroll.dna

private const val BASES = "ACGT"

/** What a change of the nucleotide at [position] does: the most probability that any other base takes from the class. */
data class Importance(val position: Int, val loss: Double)

/**
 * In-silico mutation: each nucleotide is replaced by each of the three other bases, and the loss of the class'
 * probability is the nucleotide's importance.
 *
 * @param probability the probability of the class for a record; it may suspend
 * @param give called with each importance as soon as it is known, from left to right
 */
suspend fun mutateInSilico(record: Record, probability: suspend (Record) -> Double, give: suspend (Importance) -> Unit) {
    val whole = probability(record)
    val letters = StringBuilder(record.sequence)
    for (position in letters.indices) {
        val kept = letters[position]
        var least = Double.POSITIVE_INFINITY
        for (base in BASES) {
            if (base == kept) continue
            letters.setCharAt(position, base)
            least = minOf(least, probability(Record(record.name, letters.toString())))
        }
        letters.setCharAt(position, kept)
        give(Importance(position, whole - least))
    }
}
