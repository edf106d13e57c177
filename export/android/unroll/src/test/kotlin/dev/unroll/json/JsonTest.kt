package dev.unroll.json

import dev.unroll.ReadingException
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class JsonTest {
    @Test
    fun numbersStayWholeOrNotAndTextsKeepEveryCharacter() {
        val found = parseJson("{\"a\": [1, 1.0, -2e3, true, null], \"b\": \"\\u00e9\\ud83d\\ude00\\n\\\\ \u05E9\"}", "x")
        val fields = (found as Json.Fields).values
        val numbers = (fields.getValue("a") as Json.Items).values
        assertEquals(listOf(true, false, false), numbers.take(3).map { (it as Json.Number).isWhole })
        assertEquals(-2000.0, (numbers[2] as Json.Number).value)
        assertEquals(listOf(Json.Flag(true), Json.Null), numbers.drop(3))
        assertEquals(Json.Text("é😀\n\\ ש"), fields.getValue("b"))
    }

    @Test
    fun whatIsNoJsonIsRefusedWithItsLine() {
        for (wrong in listOf("", "{", "[1,]", "{\"a\":}", "01", "1.", "\"\\x\"", "\"\n\"", "nul", "[1] 2", "\"\\u12\"", "{1:2}")) {
            val error = assertFailsWith<ReadingException>(wrong) { parseJson("\n$wrong", "file.json") }
            assertTrue(error.message.orEmpty().startsWith("file.json:"), error.message)
        }
        assertFailsWith<ReadingException> { parseJson("[".repeat(100_000), "deep") }
    }

    @Test
    fun aFieldOfAnotherTypeOrRangeIsRefusedByName() {
        val values = Specification.of(parseJson("{\"n\": 3, \"x\": 1.5, \"t\": \"\\ud800\", \"l\": [\"a\", \"a\"]}", "p"), "p")
        assertEquals(3, values.int("n", 1..3))
        for (read in listOf<(Specification) -> Any>(
            { it.int("n", 4..9) }, { it.int("x", 0..9) }, { it.text("t") }, { it.texts("l") }, { it.flag("n") },
            { it.text("absent") }, { it.numbers("n") }, { it.inner("n") }, { it.number("x", 2.0..3.0) },
        )) {
            val error = assertFailsWith<ReadingException> { read(values) }
            assertTrue(error.message.orEmpty().startsWith("p: "), error.message)
        }
    }
}
