package dev.unroll.prices

import dev.unroll.refuse
import dev.unroll.text.stripped
import java.util.Locale

/** What a column is, and its spellings: lower case without anything but letters. */
internal enum class Column(vararg val spellings: String) {
    DATE("date", "datetime", "timestamp", "day", "time"),
    OPEN("open"),
    HIGH("high"),
    LOW("low"),
    CLOSE("close", "closelast", "price", "last", "value", "closeprice", "closingprice"),
    ADJUSTED("adjclose", "adjustedclose", "adjclosing"),
    VOLUME("volume", "vol"),
    NAME("name", "ticker", "symbol"),
}

private val BLANK = setOf("", "null", "nan", "n/a", "na", "none", "-")
private val NUMBER = Regex("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")
private val THOUSANDS = Regex("-?[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]+)?")

/** What a column is -> its place in the table. */
internal fun findColumns(table: Table, reading: Reading): Map<Column, Int> {
    val bare = table.columns.map { name -> name.lowercase(Locale.ROOT).filter { it in 'a'..'z' } }
    val found = HashMap<Column, Int>()
    for (kind in Column.entries) kind.spellings.map(bare::indexOf).firstOrNull { it >= 0 }?.let { found[kind] = it }
    for ((kind, given) in listOf(Column.DATE to reading.dateColumn, Column.CLOSE to reading.priceColumn)) {
        if (given.isEmpty()) continue
        val place = table.columns.indexOf(given)
        if (place < 0) refuse("${table.place}:1: expected a column '$given', found ${table.columns.joinToString()}")
        found[kind] = place
    }
    if (reading.priceColumn.isNotEmpty()) found.keys.retainAll(setOf(Column.DATE, Column.CLOSE, Column.NAME))
    found[Column.ADJUSTED]?.let { found.putIfMissing(Column.CLOSE, it) }
    for ((kind, what) in listOf(Column.DATE to "date", Column.CLOSE to "closing price")) {
        if (kind !in found) refuse("${table.place}:1: expected a column with the $what, found ${table.columns.joinToString()}")
    }
    return found
}

/** The numbers of some rows of a column; NaN for a blank cell, or without the column. */
internal fun numbers(table: Table, column: Int?, rows: List<Int>): DoubleArray {
    if (column == null) return DoubleArray(rows.size) { Double.NaN }
    return DoubleArray(rows.size) { place ->
        val cell = table.rows[rows[place]][column]
        val value = number(cell)
        if (value.isNaN() && cell.stripped().lowercase(Locale.ROOT) !in BLANK) {
            refuse("${table.origin(rows[place])}: column ${table.columns[column]}: expected a number, found '$cell'; mend the cell")
        }
        if (value < 0) {
            refuse("${table.origin(rows[place])}: column ${table.columns[column]}: expected zero or more, found '$cell'; correct it")
        }
        if (value.isInfinite()) Double.NaN else value
    }
}

/** A dollar sign and thousands' commas are read over. */
private fun number(cell: String): Double {
    val text = cell.stripped().removePrefix("$")
    return when {
        NUMBER.matches(text) -> text.toDouble()
        THOUSANDS.matches(text) -> text.replace(",", "").toDouble()
        else -> Double.NaN
    }
}

/** `Map.putIfAbsent` needs a newer Android than the library does. */
private fun <K, V> MutableMap<K, V>.putIfMissing(key: K, value: V) {
    if (key !in this) put(key, value)
}
