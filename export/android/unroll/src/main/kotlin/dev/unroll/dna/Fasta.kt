package dev.unroll.dna

import dev.unroll.refuse
import dev.unroll.text.isBlank
import dev.unroll.text.squeezed
import dev.unroll.text.stripped

/** FASTA records; or one sequence of bare letters; or, of several lines without a header, one a line. */
internal fun readRecords(text: String, single: Boolean): List<Record> {
    val plain = text.replace("\r\n", "\n").replace('\r', '\n').stripped()
    if (plain.startsWith('>') || plain.startsWith(';')) return parseFasta(plain, "the input")
    val lines = if (single) listOf(plain) else plain.split('\n').filter { it.stripped().isNotEmpty() }
    return lines.mapIndexed { number, line ->
        val name = if (single) "input" else "line_${number + 1}"
        Record(name, clean(line.filterNot(::isBlank), "record $name"))
    }
}

/** The records of a FASTA text with `\n` line ends, in order; [place] is what errors call it. */
private fun parseFasta(text: String, place: String): List<Record> {
    val found = LinkedHashMap<String, Record>()
    var title: String? = null
    var begin = 0
    val letters = StringBuilder()
    fun close() {
        val name = title ?: return
        val where = "$place:$begin: record $name"
        if (letters.isEmpty()) refuse("$where: expected a sequence, found an empty record; remove it or fill it")
        if (found.put(name, Record(name, clean(letters.toString(), where))) != null) {
            refuse("$where: expected one record of that name, found another; rename")
        }
        letters.setLength(0)
    }
    text.split('\n').forEachIndexed { number, raw ->
        val line = raw.stripped()
        when {
            line.startsWith('>') -> {
                close()
                begin = number + 1
                title = line.substring(1).squeezed().substringBefore(' ').ifEmpty { "record_${found.size + 1}" }
            }
            line.isEmpty() || line.startsWith(';') -> Unit // `;` begins a comment in old files
            title == null -> refuse("$place:${number + 1}: expected a FASTA header (`>name`), found others; add one")
            else -> letters.append(line.filterNot(::isBlank).removeSuffix("*"))
        }
    }
    close()
    if (found.isEmpty()) refuse("$place: expected FASTA records (`>name`, then the sequence), found none; check the text")
    return found.values.toList()
}
