package dev.unroll.dna

import dev.unroll.Outcome

private const val BASES = "ACGT"

/** The most probability of a class that another base at [position] takes. */
data class Importance(val position: Int, val loss: Double)

/**
 * In-silico mutation: each nucleotide is replaced by each of the three other bases, and the loss of the class'
 * probability is the nucleotide's importance.
 *
 * @param probability the probability of the class for a record
 * @param give called with each importance as soon as it is known, from left to right
 * @return the first failure of [probability], which ends it
 */
suspend fun mutateInSilico(
    record: Record,
    probability: suspend (Record) -> Outcome<Double>,
    give: suspend (Importance) -> Unit,
): Outcome<Unit> {
    val whole = when (val found = probability(record)) {
        is Outcome.Success -> found.value
        is Outcome.Failure -> return found
    }
    val letters = StringBuilder(record.sequence)
    for (position in letters.indices) {
        val kept = letters[position]
        var least = Double.POSITIVE_INFINITY
        for (base in BASES) {
            if (base == kept) continue
            letters.setCharAt(position, base)
            when (val found = probability(Record(record.name, letters.toString()))) {
                is Outcome.Success -> least = minOf(least, found.value)
                is Outcome.Failure -> return found
            }
        }
        letters.setCharAt(position, kept)
        give(Importance(position, whole - least))
    }
    return Outcome.Success(Unit)
}
