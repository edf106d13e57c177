package dev.unroll.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View
import dev.unroll.dna.Importance
import kotlin.math.abs

/** A bar for each nucleotide: upwards where a change of it takes probability, downwards where every change gives some. */
class BarsView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private var bars = emptyList<Importance>()
    private var count = 0
    private val paint = Paint().apply { color = context.getColor(R.color.line) }

    /** The bars known so far of [count]. */
    fun show(known: List<Importance>, count: Int) {
        bars = known
        this.count = count
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        if (bars.isEmpty()) return
        val largest = bars.maxOf { abs(it.loss) }.coerceAtLeast(1e-9)
        val step = width.toFloat() / count
        val middle = height / 2f
        for (bar in bars) {
            val end = middle - (bar.loss / largest * middle).toFloat()
            canvas.drawRect(bar.position * step, minOf(end, middle), (bar.position + 1) * step, maxOf(end, middle), paint)
        }
    }
}
