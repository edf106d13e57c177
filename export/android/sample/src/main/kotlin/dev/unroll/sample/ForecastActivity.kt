package dev.unroll.sample

import android.app.Application
import android.net.Uri
import android.os.Bundle
import android.view.View
import android.widget.AdapterView
import android.widget.ArrayAdapter
import android.widget.Spinner
import android.widget.TextView
import androidx.activity.result.contract.ActivityResultContracts
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.ViewModelProvider
import androidx.lifecycle.viewModelScope
import dev.unroll.Outcome
import dev.unroll.decoding.Forecast
import dev.unroll.prices.History
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.IOException

private const val LARGEST_BYTES = 32 shl 20

class ForecastViewModel(application: Application) : AndroidViewModel(application) {
    private val stock = OpenedBundle(application.assets, "stock") { prices() }

    /** Every ticker of the file with its forecast; null before a file was chosen. */
    val forecasts = MutableStateFlow<Outcome<List<Pair<History, Forecast>>>?>(null)

    fun open(file: Uri) {
        viewModelScope.launch {
            val text = withContext(Dispatchers.IO) { read(file) }
            forecasts.value = if (text == null) {
                Outcome.Failure(getApplication<Application>().getString(R.string.file_not_read))
            } else {
                stock.use { it.answers(text, single = false) }
            }
        }
    }

    /** The text of a file; null where it cannot be read, or is too large to be prices. */
    private fun read(file: Uri): String? = try {
        getApplication<Application>().contentResolver.openInputStream(file)?.use { stream ->
            val bytes = stream.readBytes()
            if (bytes.size <= LARGEST_BYTES) bytes.decodeToString() else null
        }
    } catch (_: IOException) {
        null
    } catch (_: SecurityException) {
        null
    }

    override fun onCleared() = stock.close()
}

/** A file of daily prices: the past and the forecast of each ticker in it. */
class ForecastActivity : Screen(R.layout.forecast) {
    private val model by lazy(LazyThreadSafetyMode.NONE) { ViewModelProvider(this)[ForecastViewModel::class.java] }
    private val opener = registerForActivityResult(ActivityResultContracts.OpenDocument()) { file -> file?.let(model::open) }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        view<View>(R.id.open).setOnClickListener { opener.launch(arrayOf("text/*", "application/octet-stream")) }
        val answer = view<TextView>(R.id.answer)
        observe(model.forecasts) { found ->
            when (found) {
                null -> answer.setText(R.string.open_csv_first)
                is Outcome.Failure -> answer.text = found.message
                is Outcome.Success -> choose(found.value)
            }
        }
    }

    private fun choose(found: List<Pair<History, Forecast>>) {
        val tickers = view<Spinner>(R.id.ticker)
        tickers.adapter = ArrayAdapter(this, android.R.layout.simple_spinner_dropdown_item, found.map { it.first.name })
        tickers.onItemSelectedListener = object : AdapterView.OnItemSelectedListener {
            override fun onItemSelected(parent: AdapterView<*>, view: View?, position: Int, id: Long) = show(found[position])

            override fun onNothingSelected(parent: AdapterView<*>) = Unit
        }
    }

    private fun show(found: Pair<History, Forecast>) {
        val (history, forecast) = found
        val end = forecast.days.last()
        val chart = view<ChartView>(R.id.chart)
        chart.show(history.closes, forecast)
        fun price(level: Double) = end.prices[forecast.levels.indexOfFirst { it >= level }.coerceAtLeast(0)]
        val words = getString(
            R.string.chart_described, forecast.ticker, forecast.lastDate, forecast.lastClose, forecast.days.size,
            end.median, price(0.1), price(0.9), end.rise,
        )
        chart.contentDescription = words
        view<TextView>(R.id.answer).text = words
    }
}
