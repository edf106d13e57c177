package dev.unroll.dna

import dev.unroll.Outcome
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals

class ImportanceTest {
    @Test
    fun theNucleotideThatTheClassRestsOnIsTheMostImportant() = runBlocking {
        val found = ArrayList<Importance>()
        val probability: suspend (Record) -> Outcome<Double> = { Outcome.Success(if (it.sequence[2] == 'G') 0.9 else 0.2) }
        mutateInSilico(Record("r", "ACGN"), probability) { found += it }
        assertEquals(listOf(0.0, 0.0, 0.9 - 0.2, 0.0), found.map { it.loss })
        assertEquals(listOf(0, 1, 2, 3), found.map { it.position })
    }

    @Test
    fun aFailureEndsIt() = runBlocking {
        var calls = 0
        val outcome = mutateInSilico(Record("r", "ACGT"), { if (calls++ < 3) Outcome.Success(0.5) else Outcome.Failure("no") }) {}
        assertEquals<Outcome<Unit>>(Outcome.Failure("no"), outcome)
        assertEquals(4, calls)
    }
}
