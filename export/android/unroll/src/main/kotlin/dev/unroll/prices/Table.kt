package dev.unroll.prices

import dev.unroll.refuse
import dev.unroll.text.stripped

/** Rows of text under named columns; [lines] is the line each row begins at, from 1. */
internal class Table(val place: String, val columns: List<String>, val rows: List<List<String>>, val lines: List<Int>) {
    fun origin(row: Int): String = "$place:${lines[row]}"
}

/** Reads a CSV (quotes; comma, semicolon, tab or bar) or TSV table with a header row; [place] is what errors call it. */
internal fun readTable(text: String, place: String): Table {
    val plain = text.removePrefix("\uFEFF")
    val first = plain.lineSequence().firstOrNull { it.stripped().isNotEmpty() }
        ?: refuse("$place: expected text, found an empty file; fill it or name another")
    val isTabbed = '\t' in plain.trimStart('\r', '\n', ' ').substringBefore('\n')
    val records = if (isTabbed) tabbed(plain) else CsvReader(plain, delimiter(first) ?: ',', place).records()
    val header = records.firstOrNull() ?: refuse("$place:1: expected a header row with column names, found none; add one")
    val columns = header.second.map { it.stripped() }
    columns.groupingBy { it }.eachCount().filterValues { it > 1 }.keys.minOrNull()?.let {
        refuse("$place:1: expected different column names, found '$it' twice; rename one")
    }
    val rows = records.drop(1)
    for ((line, cells) in rows) {
        if (cells.size != columns.size) {
            refuse("$place:$line: expected ${columns.size} columns (${columns.joinToString()}), found ${cells.size}; mend it")
        }
    }
    if (rows.isEmpty()) refuse("$place: expected rows of daily prices, found only the header; add rows")
    return Table(place, columns, rows.map { it.second }, rows.map { it.first })
}

/** The delimiter that cuts a header line into the most columns; null where none cuts it. */
private fun delimiter(header: String): Char? {
    val unquoted = header.replace(Regex("\"[^\"]*\""), "")
    return ",;\t|".maxByOrNull { mark -> unquoted.count { it == mark } }?.takeIf { it in unquoted }
}

private fun tabbed(text: String): List<Pair<Int, List<String>>> =
    text.split('\n').map { it.removeSuffix("\r") }.withIndex()
        .filter { (_, line) -> line.any { it != '\t' } }
        .map { (number, line) -> number + 1 to line.split('\t') }

/** CSV with quotes, so that a field may hold the delimiter and line ends. */
private class CsvReader(private val text: String, private val delimiter: Char, private val place: String) {
    private var at = 0
    private var line = 1

    /** (line, cells) of each row that has any text. */
    fun records(): List<Pair<Int, List<String>>> {
        val found = ArrayList<Pair<Int, List<String>>>()
        while (at < text.length) {
            val begin = line
            val cells = record()
            if (cells.any { it.isNotEmpty() }) found += begin to cells
        }
        return found
    }

    private fun record(): List<String> {
        val cells = ArrayList<String>()
        while (true) {
            cells += if (at < text.length && text[at] == '"') quoted() else bare()
            if (at >= text.length) return cells
            when (text[at++]) {
                delimiter -> if (at == text.length) return cells.also { it += "" }
                '\r' -> {
                    if (at < text.length && text[at] == '\n') at++
                    line++
                    return cells
                }
                '\n' -> {
                    line++
                    return cells
                }
                else -> refuse("$place:$line: expected CSV, found text after a quotation mark; mend the quotation marks")
            }
        }
    }

    private fun bare(): String {
        val start = at
        while (at < text.length && text[at] != delimiter && text[at] != '\n' && text[at] != '\r') at++
        return text.substring(start, at)
    }

    private fun quoted(): String {
        val made = StringBuilder()
        at++
        while (at < text.length) {
            val character = text[at++]
            when {
                character != '"' -> {
                    if (character == '\n') line++
                    made.append(character)
                }
                at < text.length && text[at] == '"' -> made.append(text[at++])
                else -> return made.toString()
            }
        }
        refuse("$place:$line: expected CSV, found a quotation mark without another; mend the quotation marks")
    }
}
