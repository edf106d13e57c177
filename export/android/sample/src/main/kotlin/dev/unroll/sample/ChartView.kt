package dev.unroll.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Path
import android.util.AttributeSet
import android.view.View
import dev.unroll.decoding.Forecast

private const val PAST_DAYS = 60
private const val LINE_DP = 2f

/** The closes of the last days, and the forecast as a fan of ranges around its median. */
class ChartView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private var past = DoubleArray(0)
    private var forecast: Forecast? = null
    private val path = Path()
    private val line = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.STROKE
        strokeWidth = LINE_DP * resources.displayMetrics.density
    }
    private val fan = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.FILL
        color = context.getColor(R.color.fan)
    }
    private val pastColor = context.getColor(R.color.ink)
    private val medianColor = context.getColor(R.color.line)

    fun show(closes: DoubleArray, ahead: Forecast) {
        past = closes.copyOfRange(maxOf(0, closes.size - PAST_DAYS), closes.size)
        forecast = ahead
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        val ahead = forecast ?: return
        if (past.isEmpty()) return
        val low = minOf(past.min(), ahead.days.minOf { it.prices.first() })
        val high = maxOf(past.max(), ahead.days.maxOf { it.prices.last() }).coerceAtLeast(low + 1e-9)
        val last = past.size - 1
        fun x(day: Int): Float = day.toFloat() / (last + ahead.days.size).coerceAtLeast(1) * width
        fun y(price: Double): Float = ((high - price) / (high - low) * height).toFloat()

        for (level in 0 until ahead.levels.size / 2) { // the ranges lie over each other, so the middle is the darkest
            path.reset()
            path.moveTo(x(last), y(past[last]))
            ahead.days.forEachIndexed { day, at -> path.lineTo(x(last + 1 + day), y(at.prices[at.prices.size - 1 - level])) }
            for (day in ahead.days.indices.reversed()) path.lineTo(x(last + 1 + day), y(ahead.days[day].prices[level]))
            path.close()
            fan.alpha = (FAN_ALPHA / (ahead.levels.size / 2)).coerceAtLeast(1)
            canvas.drawPath(path, fan)
        }
        path.reset()
        past.forEachIndexed { day, close -> if (day == 0) path.moveTo(x(day), y(close)) else path.lineTo(x(day), y(close)) }
        line.color = pastColor
        canvas.drawPath(path, line)
        path.reset()
        path.moveTo(x(last), y(past[last]))
        ahead.days.forEachIndexed { day, at -> path.lineTo(x(last + 1 + day), y(at.median)) }
        line.color = medianColor
        canvas.drawPath(path, line)
    }

    private companion object {
        const val FAN_ALPHA = 200
    }
}
