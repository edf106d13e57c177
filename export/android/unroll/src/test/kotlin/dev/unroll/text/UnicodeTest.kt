package dev.unroll.text

import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertEquals

class UnicodeTest {
    @Test
    fun lowerCaseDoesNotDependOnThePhonesLanguage() {
        val before = Locale.getDefault()
        try {
            for (language in listOf("tr", "lt", "en")) {
                Locale.setDefault(Locale.forLanguageTag(language))
                assertEquals("i̇stanbul title", lower("İSTANBUL TITLE"))
            }
        } finally {
            Locale.setDefault(before)
        }
    }

    @Test
    fun sigmaIsFinalAfterALetterAndBeforeNone() {
        assertEquals("οδος", lower("ΟΔΟΣ"))
        assertEquals("σ οσα σας.", lower("Σ ΟΣΑ ΣΑΣ."))
        assertEquals("ας\u0301 α'ς ας'", lower("ΑΣ\u0301 Α'Σ ΑΣ'"))
        assertEquals("𐐨ς", lower("𐐀Σ"))
    }

    @Test
    fun linesAndBlanksAreThoseOfPython() {
        assertEquals(listOf("a", "b", "", "c", "d"), "a\r\nb\n\u000Bc\u2028d\n".splitLines())
        assertEquals("a b", "\u00A0 a\u2003\t b \u001F".squeezed())
    }

    @Test
    fun blanksOfAPatternAreWrittenOut() {
        assertEquals(listOf("x", "y"), compiled("x|(?<=\\s)y") { error("no pattern") }.let { pattern ->
            val matcher = pattern.matcher("x\u2003y")
            generateSequence { if (matcher.find()) matcher.group() else null }.toList()
        })
    }
}
