package dev.unroll.prices

import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

private val DAYS = intArrayOf(1, 5, 22, 66) // a day, a week, a month, a quarter
private const val QUARTER_LAG = 63
private const val FLOOR = 0.01 // percent squared: a day's variance counts as at least a volatility of 0.1%

/** Rows before the first feature row. */
internal const val WARM_UP = 65

private val OWN = DAYS.map { "log_variance_$it" } + listOf(
    "return", "negative_return", "overnight_return", "week_return", "range", "log_volume",
    "quarter_ago", "month_peak", "quarter_peak", "peak_age",
)
private val OF_MARKET = DAYS.take(3).map { "market_log_variance_$it" } + listOf("market_return", "market_negative_return")

/** The features in order. */
internal fun featureNames(market: Boolean): List<String> = if (market) OWN + OF_MARKET else OWN

/** The log return of a day, in percent. */
internal fun dayReturn(row: DoubleArray): Double = 100 * ln(row[CLOSE] / row[PREVIOUS])

/** The variance of a day in percent squared: Garman and Klass (1980) with the overnight return, or the squared return. */
internal fun realisedVariance(row: DoubleArray, measure: Measure): Double {
    if (measure == Measure.CLOSE_TO_CLOSE) return maxOf(dayReturn(row).pow(2), FLOOR)
    val session = ln(row[HIGH] / row[LOW]).pow(2) / 2 - (2 * ln(2.0) - 1) * ln(row[CLOSE] / row[OPEN]).pow(2)
    return maxOf(1e4 * (session + ln(row[OPEN] / row[PREVIOUS]).pow(2)), FLOOR)
}

/**
 * The unscaled features of a window of rows; a feature row is made of a day and of the [WARM_UP] days before it.
 *
 * @return (rows - WARM_UP) feature rows, in the order of [featureNames]
 */
internal fun priceFeatures(rows: List<DoubleArray>, market: Boolean, measure: Measure): List<DoubleArray> {
    val variance = DoubleArray(rows.size) { realisedVariance(rows[it], measure) }
    val variances = Sums(variance)
    val returns = Sums(DoubleArray(rows.size) { dayReturn(rows[it]) })
    val volumes = Sums(DoubleArray(rows.size) { rows[it][VOLUME] })
    val spreads = if (market) Sums(DoubleArray(rows.size) { rows[it][MARKET_VARIANCE] }) else null
    return (WARM_UP until rows.size).map { day ->
        val row = rows[day]
        val scale = sqrt(variances.mean(day, DAYS[2]))
        val made = ArrayList<Double>(OWN.size + OF_MARKET.size)
        for (days in DAYS) made += ln(variances.mean(day, days))
        val today = dayReturn(row) / scale
        made += today
        made += minOf(today, 0.0)
        made += 100 * ln(row[OPEN] / row[PREVIOUS]) / scale
        made += returns.mean(day, DAYS[1]) * sqrt(5.0) / scale
        val span = 100 * ln(maxOf(row[HIGH], row[PREVIOUS]) / minOf(row[LOW], row[PREVIOUS]))
        made += ln(0.1 + span / scale)
        val month = volumes.mean(day, DAYS[2])
        made += if (row[VOLUME] > 0 && month > 0) ln(row[VOLUME] / month) else 0.0
        addQuarter(made, variance, variances.mean(day, DAYS[3]), day)
        if (spreads != null) {
            for (days in DAYS.take(3)) made += spreads.mean(day, days)
            val move = row[MARKET_RETURN] / exp(made.last() / 2)
            made += move
            made += minOf(move, 0.0)
        }
        made.toDoubleArray()
    }
}

/** What returns with the earnings reports: the same week a quarter ago, the peaks, and the age of the last one. */
private fun addQuarter(made: MutableList<Double>, variance: DoubleArray, mean: Double, day: Int) {
    val ago = day + 1 - QUARTER_LAG
    val begin = day + 1 - DAYS[3]
    val peak = (begin..day).fold(begin) { peak, place -> if (variance[place] > variance[peak]) place else peak }
    made += ln((ago until ago + DAYS[1]).sumOf { variance[it] } / DAYS[1])
    made += ln((day + 1 - DAYS[2]..day).maxOf { variance[it] })
    made += ln(variance[peak] / mean)
    made += (day - peak).toDouble() / DAYS[3]
}

/** Means of the past by running sums, as every reader forms them. */
private class Sums(daily: DoubleArray) {
    private val sums = DoubleArray(daily.size + 1).also { for (day in daily.indices) it[day + 1] = it[day] + daily[day] }

    /** The mean of [day] and the `days - 1` days before it. */
    fun mean(day: Int, days: Int): Double = (sums[day + 1] - sums[day + 1 - days]) / days
}
