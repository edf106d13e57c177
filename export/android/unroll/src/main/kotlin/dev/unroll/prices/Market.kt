package dev.unroll.prices

import kotlin.math.ln

/** Tickers: fewer are no market. */
internal const val SMALLEST_PANEL = 3

/** The histories with the market's columns: means over the tickers that traded on a day. */
internal fun withMarket(histories: List<History>, measure: Measure): List<History> {
    class Day(var count: Int = 0, var variance: Double = 0.0, var move: Double = 0.0)

    val days = HashMap<Long, Day>()
    for (history in histories) {
        for (row in 0 until history.size) {
            val day = days.getOrPut(history.days[row]) { Day() }
            day.count++
            day.variance += ln(realisedVariance(history.values[row], measure))
            day.move += dayReturn(history.values[row])
        }
    }
    return histories.map { history ->
        val values = Array(history.size) { row ->
            val day = days.getValue(history.days[row])
            doubleArrayOf(*history.values[row], day.variance / day.count, day.move / day.count)
        }
        History(history.name, history.days, values)
    }
}
