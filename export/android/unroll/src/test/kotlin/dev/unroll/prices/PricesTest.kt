package dev.unroll.prices

import dev.unroll.ReadingException
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class PricesTest {
    private fun dates(vararg texts: String) = parseDates(texts.toList(), "") { "line $it" }

    @Test
    fun datesOfEveryFormatAreDaysAndBack() {
        val day = 18_627L // 2020-12-31
        for (text in listOf("2020-12-31", "2020/12/31", "20201231", "12/31/2020", "31.12.2020", "31-Dec-2020", "Dec 31, 2020", "2020-12-31 00:00:00-05:00")) {
            assertContentEquals(longArrayOf(day), dates(text), text)
        }
        for (number in -150_000L..150_000L step 37) {
            val (year, month, of) = isoDate(number).split('-').map(String::toInt)
            assertEquals(number, epochDay(year, month, of))
        }
    }

    @Test
    fun ambiguousMixedAndImpossibleDatesAreRefused() {
        for (texts in listOf(arrayOf("01/02/2020"), arrayOf("2020-01-02", "03.01.2020"), arrayOf("2021-02-29"), arrayOf("soon"))) {
            assertFailsWith<ReadingException>(texts.joinToString()) { dates(*texts) }
        }
    }

    @Test
    fun quotedCellsMayHoldDelimitersAndLineEnds() {
        val table = readTable("date;\"the; price\"\r\n2020-01-02;\"1,\n5\"\r\n;\r\n2020-01-03;\"a \"\"b\"\"\"", "t")
        assertEquals(listOf("date", "the; price"), table.columns)
        assertEquals(listOf(listOf("2020-01-02", "1,\n5"), listOf("2020-01-03", "a \"b\"")), table.rows)
        assertEquals(listOf(2, 5), table.lines)
        assertFailsWith<ReadingException> { readTable("a,b\n1", "t") }
        assertFailsWith<ReadingException> { readTable("a,b\n\"1,2", "t") }
    }

    @Test
    fun aSplitIsUndoneAndTheNewestFirstTurnedAround() {
        val rows = listOf("2020-01-06,49", "2020-01-03,50.5", "2020-01-02,101", "2020-01-01,100")
        val found = readHistories("date,close\n${rows.joinToString("\n")}", Reading(market = false), "t").single()
        assertContentEquals(doubleArrayOf(100.0, 101.0, 50.5, 49.0), found.closes)
        assertContentEquals(doubleArrayOf(100.0, 100.0, 50.5, 50.5), DoubleArray(4) { found.values[it][PREVIOUS] })
    }
}
