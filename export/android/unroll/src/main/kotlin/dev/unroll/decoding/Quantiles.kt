package dev.unroll.decoding

import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Decoder
import dev.unroll.floats
import dev.unroll.json.Specification
import dev.unroll.prices.CLOSE
import dev.unroll.prices.History
import dev.unroll.prices.isoDate
import kotlin.math.exp

private const val MEDIAN = 0.5
private const val DIGITS = 6

/** A day ahead: [prices] at the levels of the forecast, [volatility] in percent a day, the probability of a [rise]. */
data class DayAhead(val median: Double, val prices: List<Double>, val volatility: Double, val rise: Double)

/** The forecast for a ticker: for each of the next trading days prices at rising [levels], six significant digits. */
data class Forecast(
    val ticker: String,
    val lastDate: String,
    val lastClose: Double,
    val levels: List<Double>,
    val days: List<DayAhead>,
)

/** Reads quantiles of log returns in percent, the volatility, and the probability of a rise, for each day ahead. */
class Quantiles private constructor(
    private val output: String,
    private val levels: List<Double>,
    private val volatility: String,
    private val direction: String,
) : Decoder<History, Forecast> {
    override fun decode(raw: History, outputs: Tensors): Forecast {
        val last = raw.values.last()[CLOSE]
        val quantiles = outputs.floats(output)
        val volatilities = outputs.floats(volatility).values
        val rises = outputs.floats(direction).values
        val days = List(volatilities.size) { day ->
            val prices = levels.indices.map { significant(last * exp(quantiles[day, it].toDouble() / 100), DIGITS) }
            DayAhead(
                prices[levels.indexOf(MEDIAN)],
                prices,
                significant(volatilities[day].toDouble(), DIGITS),
                significant(rises[day].toDouble(), DIGITS),
            )
        }
        return Forecast(raw.name, isoDate(raw.days.last()), significant(last, DIGITS), levels, days)
    }

    companion object {
        fun of(values: Specification, shapes: Map<String, TensorSpec>): Quantiles {
            values.text("kind", "quantiles")
            val names = shapes.keys.toTypedArray()
            val output = values.text("output", *names)
            val levels = values.numbers("levels", 0.0..1.0).toList()
            if (levels != levels.distinct().sorted() || MEDIAN !in levels) values.wrong("levels", "rising numbers with 0.5")
            val others = listOf(values.text("volatility", *names), values.text("direction", *names))
            val shape = shapes.getValue(output).shape
            if (shape.size != 2 || shape[1] != levels.size || others.any { shapes.getValue(it).shape != shape.take(1) }) {
                values.wrong("output", "(days, ${levels.size}) and (days) numbers", shape.toString())
            }
            return Quantiles(output, levels, others[0], others[1])
        }
    }
}
