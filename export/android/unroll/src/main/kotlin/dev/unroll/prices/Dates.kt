package dev.unroll.prices

import dev.unroll.refuse
import dev.unroll.text.stripped

/*
 * Dates as files have them: one format a file, found out or given. Written without java.time, which Android has from
 * version 8 on only.
 */

/** The formats that are tried, as strptime writes them. */
private val FORMATS = listOf(
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%b-%Y", "%b %d, %Y",
)
private val MONTHS = listOf("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
private val TIME = Regex(
    "(?<=[0-9])[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\\.[0-9]+)?[ \\t]*(AM|PM)?[ \\t]*(Z|[+-][0-9]{2}:?[0-9]{2}|[A-Z][A-Z_/]+)?$",
    RegexOption.IGNORE_CASE,
)

/**
 * The days that a column names, since 1970-01-01; a time of day after the date is dropped.
 *
 * @param origin where a text stands, for errors
 * @param given a strptime format; empty to find it out
 */
internal fun parseDates(texts: List<String>, given: String, origin: (Int) -> String): LongArray {
    val days = texts.map { TIME.replace(it.stripped(), "") }
    var alive = if (given.isEmpty()) FORMATS else listOf(given)
    days.forEachIndexed { row, day ->
        alive = alive.filter { dayNumber(day, it) != null }
        if (alive.isEmpty()) refuse("${origin(row)}: expected a date, in one format for the whole file, found '${texts[row]}'; mend it")
    }
    val found = alive.map { style -> LongArray(days.size) { dayNumber(days[it], style) ?: error("checked above") } }
    if (found.any { !it.contentEquals(found[0]) }) {
        refuse("${origin(0)}: expected dates whose day and month can be told apart, found '${texts[0]}' and no day above 12")
    }
    return found[0]
}

/** The day that [text] names in the strptime format [style]; null where it names none. */
private fun dayNumber(text: String, style: String): Long? {
    var year = 0
    var month = 0
    var day = 0
    var at = 0
    var place = 0
    while (place < style.length) {
        if (style[place] != '%') {
            if (at >= text.length || text[at++] != style[place++]) return null
            continue
        }
        val code = style[place + 1]
        place += 2
        if (code == 'b') {
            month = MONTHS.indexOfFirst { text.regionMatches(at, it, 0, 3, ignoreCase = true) } + 1
            at += 3
            continue
        }
        val width = if (code == 'Y') 4 else 2
        val end = (at until minOf(at + width, text.length)).takeWhile { text[it] in '0'..'9' }.size + at
        if (end == at || (code == 'Y' && end - at != 4)) return null
        val number = text.substring(at, end).toInt()
        at = end
        when (code) {
            'Y' -> year = number
            'm' -> month = number
            'd' -> day = number
            else -> return null
        }
    }
    return if (at == text.length) epochDay(year, month, day) else null
}

/** Days since 1970-01-01 in the Gregorian calendar; null where there is no such day. */
internal fun epochDay(year: Int, month: Int, day: Int): Long? {
    if (year < 1 || month !in 1..12 || day !in 1..daysOf(year, month)) return null
    val shifted = year - if (month <= 2) 1L else 0L // years that begin in March, so that a leap day is the last
    val ofYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + ofYear - 719_468
}

/** The day as `2020-12-31`. */
internal fun isoDate(epochDay: Long): String {
    val days = epochDay + 719_468
    val era = days.floorDiv(146_097L)
    val ofEra = days - era * 146_097
    val yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    val ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    val shifted = (5 * ofYear + 2) / 153
    val month = if (shifted < 10) shifted + 3 else shifted - 9
    val year = yearOfEra + era * 400 + if (month <= 2) 1 else 0
    fun padded(number: Long, width: Int) = number.toString().padStart(width, '0')
    return "${padded(year, 4)}-${padded(month, 2)}-${padded(ofYear - (153 * shifted + 2) / 5 + 1, 2)}"
}

private fun daysOf(year: Int, month: Int): Int = when (month) {
    2 -> if (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) 29 else 28
    4, 6, 9, 11 -> 30
    else -> 31
}
