package dev.unroll.prices

/** Columns of a day's row; [PREVIOUS] is the close of the day before in this day's units (splits, dividends). */
internal const val OPEN = 0
internal const val HIGH = 1
internal const val LOW = 2
internal const val CLOSE = 3
internal const val VOLUME = 4
internal const val PREVIOUS = 5

/** Two more where a panel's market is known: the mean of the tickers' log variances, and of their returns. */
internal const val MARKET_VARIANCE = 6
internal const val MARKET_RETURN = 7

/**
 * The daily prices of one ticker, the oldest first, cleaned.
 *
 * @property name the ticker
 * @property days days since 1970-01-01
 * @property values (days, columns): open, high, low, close, volume, the close before; the market's two where known
 */
class History(val name: String, val days: LongArray, val values: Array<DoubleArray>) {
    val size: Int get() = days.size

    /** The closes, for a chart. */
    val closes: DoubleArray get() = DoubleArray(size) { values[it][CLOSE] }
}

/** How files of prices are read, as preprocess.json says. */
internal data class Reading(
    val dateColumn: String = "",
    val priceColumn: String = "",
    val dateFormat: String = "",
    val adjustSplits: Boolean = true,
    val market: Boolean = true,
    val measure: Measure = Measure.GARMAN_KLASS,
)

/** What a day's variance is. */
internal enum class Measure(val written: String) {
    GARMAN_KLASS("garman_klass"),
    CLOSE_TO_CLOSE("close_to_close"),
}
