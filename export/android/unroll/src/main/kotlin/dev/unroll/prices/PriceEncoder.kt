package dev.unroll.prices

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Encoder
import dev.unroll.json.Json
import dev.unroll.json.LONGEST
import dev.unroll.json.Specification
import dev.unroll.refuse

/** Encodes the last rows of a ticker's history as scaled features. */
class PriceEncoder private constructor(
    private val timesteps: Int,
    private val tickers: List<String>,
    private val scaler: StandardScaler,
    private val isEmbedded: Boolean,
    private val reading: Reading,
) : Encoder<History> {
    private val features = mapOf("features" to TensorSpec(listOf(timesteps, scaler.size), TensorSpec.Type.FLOAT32))
    override val inputs: Map<String, TensorSpec> =
        if (isEmbedded) features + ("ticker" to TensorSpec(emptyList(), TensorSpec.Type.INT32)) else features

    /** Rows of prices that a history needs. */
    val rows: Int = timesteps + WARM_UP

    override fun encode(raw: History): Tensors {
        if (raw.size < rows) refuse("${raw.name}: expected at least $rows daily rows, found ${raw.size}; give a longer history")
        val window = List(rows) { raw.values[raw.size - rows + it] }
        if (reading.market && window.any { it.size <= MARKET_RETURN }) {
            refuse(
                "${raw.name}: expected the prices of a panel, because the model reads the market's means, found one " +
                    "ticker alone; give $SMALLEST_PANEL or more",
            )
        }
        val width = scaler.size
        val values = FloatArray(timesteps * width)
        priceFeatures(window, reading.market, reading.measure).forEachIndexed { row, found ->
            for (feature in 0 until width) values[row * width + feature] = scaler.scaled(found[feature], feature)
        }
        val encoded = mapOf("features" to Tensor.Floats(values, width))
        if (!isEmbedded) return encoded
        return encoded + ("ticker" to Tensor.Ints(intArrayOf(tickers.indexOf(raw.name) + 1))) // 0 is a ticker never seen
    }

    /** The history of every ticker in the text of a CSV file. */
    override fun read(text: String, single: Boolean): List<History> {
        if (single) refuse("expected daily prices in a file, found a text; give a CSV file")
        return readHistories(text, reading, "the file")
    }

    override fun fromJson(raw: Json): History {
        val values = Specification.of(raw, "raw input")
        val days = values.numbers("day_numbers", -1e6..1e7)
        val rows = values.items("values").map { row ->
            Specification.of(Json.Fields(mapOf("values" to row)), "raw input").numbers("values")
        }
        if (rows.size != days.size || rows.any { it.size < MARKET_VARIANCE || it.size != rows[0].size }) {
            values.wrong("values", "rows of $MARKET_VARIANCE and more numbers, a row a day", "others")
        }
        return History(values.text("name"), LongArray(days.size) { days[it].toLong() }, rows.toTypedArray())
    }

    companion object {
        fun of(values: Specification): PriceEncoder {
            values.text("kind", "daily_prices")
            val market = values.flag("market")
            val names = featureNames(market)
            val scaler = StandardScaler.of(values.inner("scaler"))
            if (values.texts("features") != names || scaler.size != names.size) {
                values.wrong("features", "those of this version", "another list")
            }
            val written = values.text("measure", *Measure.entries.map { it.written }.toTypedArray())
            val columns = values.inner("reading")
            return PriceEncoder(
                values.int("timesteps", 1..LONGEST),
                values.texts("tickers"),
                scaler,
                values.flag("embedded"),
                Reading(
                    columns.text("date_column"),
                    columns.text("price_column"),
                    columns.text("date_format"),
                    columns.flag("adjust_splits"),
                    market,
                    Measure.entries.first { it.written == written },
                ),
            )
        }
    }
}
