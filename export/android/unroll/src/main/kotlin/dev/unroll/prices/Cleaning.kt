package dev.unroll.prices

import dev.unroll.refuse
import kotlin.math.abs
import kotlin.math.ln

private const val IMPOSSIBLE = 1.75 // a high above this many times open, close and the close before is no price
private const val WRONG_OPEN = 1.5 // an open this far off both the close before and the close, in one direction, is none
private const val SPLIT_TOLERANCE = 0.04
private val SPLITS = intArrayOf(2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 50)

/** The histories of every ticker in the text of a table, in order of their names; [place] is what errors call it. */
internal fun readHistories(text: String, reading: Reading, place: String): List<History> {
    val table = readTable(text, place)
    val columns = findColumns(table, reading)
    val rowsOf = sortedMapOf<String, MutableList<Int>>()
    val nameColumn = columns[Column.NAME]
    for (row in table.rows.indices) {
        val name = if (nameColumn == null) "SERIES" else table.rows[row][nameColumn].trim()
        if (name.isEmpty()) refuse("${table.origin(row)}: expected a ticker, found none; fill it in")
        rowsOf.getOrPut(name) { ArrayList() } += row
    }
    val histories = rowsOf.map { (name, rows) -> cleaned(name, table, columns, rows, reading) }
    return if (reading.market && histories.size >= SMALLEST_PANEL) withMarket(histories, reading.measure) else histories
}

/** One ticker, row after row from the past: no row is judged or changed by a later one. */
private fun cleaned(name: String, table: Table, columns: Map<Column, Int>, rows: List<Int>, reading: Reading): History {
    val dateColumn = columns.getValue(Column.DATE)
    val dates = parseDates(rows.map { table.rows[it][dateColumn] }, reading.dateFormat) { table.origin(rows[it]) }
    val closes = numbers(table, columns[Column.CLOSE], rows)
    val kept = ordered(dates, closes)
    if (kept.isEmpty()) refuse("${table.place}: expected closing prices of $name, found none; check the file")
    fun column(kind: Column): DoubleArray {
        val all = numbers(table, columns[kind], rows)
        return DoubleArray(kept.size) { all[kept[it]] }
    }
    val close = DoubleArray(kept.size) { closes[kept[it]] }
    if (close.size > 1 && close.all { it == close[0] }) {
        refuse("${table.place}: expected prices of $name that move, found one in all rows; check the price column")
    }
    val open = column(Column.OPEN)
    val adjusted = column(Column.ADJUSTED)
    val previous = DoubleArray(close.size) { close[maxOf(0, it - 1)] }
    if (adjusted.all { it.isFinite() && it > 0 }) {
        for (row in 1 until close.size) previous[row] = adjusted[row - 1] * close[row] / adjusted[row]
    } else if (reading.adjustSplits) {
        undoSplits(open, close, previous)
    }
    val high = column(Column.HIGH)
    val low = column(Column.LOW)
    val volume = column(Column.VOLUME)
    val values = Array(close.size) { row ->
        DoubleArray(6).also {
            it[OPEN] = open[row]
            it[HIGH] = high[row]
            it[LOW] = low[row]
            it[CLOSE] = close[row]
            it[VOLUME] = if (volume[row].isNaN()) 0.0 else volume[row]
            it[PREVIOUS] = previous[row]
            fill(it)
            mend(it)
        }
    }
    return History(name, LongArray(kept.size) { dates[kept[it]] }, values)
}

/** Rows with a close in order of date, the last of each date. */
private fun ordered(dates: LongArray, closes: DoubleArray): List<Int> {
    val rows = closes.indices.filter { closes[it] > 0 }.sortedBy { dates[it] } // stable
    return rows.filterIndexed { place, row -> place == rows.lastIndex || dates[rows[place + 1]] != dates[row] }
}

private fun isKnown(price: Double): Boolean = price.isFinite() && price > 0

/** Divides the close before by the ratio where open and close both jump by 1 / ratio (or by ratio: a reverse split). */
private fun undoSplits(open: DoubleArray, close: DoubleArray, previous: DoubleArray) {
    for (row in 1 until close.size) {
        val jump = previous[row] / if (isKnown(open[row])) open[row] else close[row]
        if (jump > 1 / 1.8 && jump < 1.8) continue
        val factor = SPLITS.map { if (jump > 1) it.toDouble() else 1.0 / it }.firstOrNull {
            abs(ln(jump / it)) < SPLIT_TOLERANCE && abs(ln(previous[row] / close[row] / it)) < 3 * SPLIT_TOLERANCE
        }
        if (factor != null) previous[row] /= factor
    }
}

/** Blank and zero prices: the open is the close before, held inside the day's range; high and low hold both. */
private fun fill(row: DoubleArray) {
    val isRanged = isKnown(row[HIGH]) && isKnown(row[LOW])
    // not coerceIn: of a range turned around the upper end counts
    if (!isKnown(row[OPEN])) row[OPEN] = if (isRanged) minOf(maxOf(row[PREVIOUS], row[LOW]), row[HIGH]) else row[CLOSE]
    if (!isKnown(row[HIGH])) row[HIGH] = maxOf(row[OPEN], row[CLOSE])
    if (!isKnown(row[LOW])) row[LOW] = minOf(row[OPEN], row[CLOSE])
}

/** Replaces opens, highs and lows that cannot be, then widens ranges that do not hold open and close. */
private fun mend(row: DoubleArray) {
    val close = row[CLOSE]
    val previous = row[PREVIOUS]
    val isAbove = minOf(row[OPEN] / previous, row[OPEN] / close) > WRONG_OPEN
    val isBelow = maxOf(row[OPEN] / previous, row[OPEN] / close) < 1 / WRONG_OPEN
    if (isAbove && row[HIGH] <= row[OPEN]) row[HIGH] = maxOf(previous, close)
    if (isBelow && row[LOW] >= row[OPEN]) row[LOW] = minOf(previous, close)
    if (isAbove || isBelow) row[OPEN] = minOf(maxOf(previous, row[LOW]), row[HIGH])
    val most = maxOf(row[OPEN], close)
    val least = minOf(row[OPEN], close)
    if (row[HIGH] > IMPOSSIBLE * maxOf(most, previous)) row[HIGH] = most
    if (row[LOW] * IMPOSSIBLE < minOf(least, previous)) row[LOW] = least
    row[HIGH] = maxOf(row[HIGH], most)
    row[LOW] = minOf(row[LOW], least)
}
