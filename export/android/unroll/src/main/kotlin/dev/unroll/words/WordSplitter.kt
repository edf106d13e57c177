package dev.unroll.words

import dev.unroll.json.LONGEST
import dev.unroll.json.Specification
import dev.unroll.text.pattern
import java.util.regex.Pattern

/** Splits a text into sentences and words by the rules of preprocess.json; the text itself is never changed. */
class WordSplitter private constructor(
    private val word: Pattern,
    private val sentenceBreak: Pattern,
    private val longest: Int,
    private val parting: String,
) {
    /** The sentences that have words; those of more than [longest] words in parts. */
    fun sentences(text: String): List<Sentence> {
        val found = ArrayList<Sentence>()
        val points = CodePoints(text)
        val matcher = sentenceBreak.matcher(text)
        var start = 0
        while (start <= text.length) {
            val more = matcher.find()
            parted(text, words(text, start, if (more) matcher.start() else text.length)) { found += sentence(text, it, points) }
            start = if (more) matcher.end() else break
        }
        return found
    }

    private fun words(text: String, start: Int, end: Int): List<IntRange> {
        val matcher = word.matcher(text).region(start, end)
        val found = ArrayList<IntRange>()
        while (matcher.find()) if (matcher.end() > matcher.start()) found += matcher.start() until matcher.end()
        return found
    }

    private inline fun parted(text: String, words: List<IntRange>, give: (List<IntRange>) -> Unit) {
        var rest = words
        while (rest.size > longest) {
            val mark = (longest - 1 downTo longest / 2).firstOrNull { isParting(text.codePointAt(rest[it].first)) }
            val cut = if (mark == null) longest else mark + 1
            give(rest.subList(0, cut))
            rest = rest.subList(cut, rest.size)
        }
        if (rest.isNotEmpty()) give(rest)
    }

    private fun isParting(point: Int): Boolean = parting.indexOf(String(Character.toChars(point))) >= 0

    private fun sentence(text: String, places: List<IntRange>, points: CodePoints): Sentence {
        val starts = places.map { points.offset(it.first) }
        val part = text.substring(places.first().first, places.last().last + 1)
        return Sentence(places.map { text.substring(it) }, starts, part, starts.first())
    }

    /** Counts code points up to rising indices of a text, each once. */
    private class CodePoints(private val text: String) {
        private var index = 0
        private var count = 0

        fun offset(to: Int): Int {
            count += text.codePointCount(index, to)
            index = to
            return count
        }
    }

    companion object {
        fun of(values: Specification): WordSplitter = WordSplitter(
            values.pattern("word"),
            values.pattern("sentence_break"),
            values.int("longest", 2..LONGEST),
            values.text("parting"),
        )
    }
}
