package dev.unroll.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Path
import android.util.AttributeSet
import android.view.MotionEvent
import android.view.View
import dev.unroll.writing.Stroke

private const val PEN_DP = 3f

/** Where one writes; it gives all strokes whenever one was finished. */
class InkView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    var onInk: (List<Stroke>) -> Unit = {}
    private val strokes = ArrayList<Stroke>()
    private val growing = GrowingStroke()
    private val path = Path()
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        color = context.getColor(R.color.ink)
        style = Paint.Style.STROKE
        strokeCap = Paint.Cap.ROUND
        strokeWidth = PEN_DP * resources.displayMetrics.density
    }
    private var begin = 0L

    /** Shows strokes that were written before the screen was turned. */
    fun show(written: List<Stroke>) {
        strokes += written
        for (stroke in written) {
            path.moveTo(stroke.x[0], stroke.y[0])
            for (point in 0 until stroke.size) path.lineTo(stroke.x[point], stroke.y[point])
        }
        invalidate()
    }

    fun clear() {
        strokes.clear()
        path.reset()
        invalidate()
        onInk(emptyList())
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        when (event.actionMasked) {
            MotionEvent.ACTION_DOWN -> {
                parent?.requestDisallowInterceptTouchEvent(true)
                if (strokes.isEmpty() || begin == 0L) begin = event.eventTime - elapsedMillis()
                growing.clear()
                path.moveTo(event.x, event.y)
                add(event.x, event.y, event.eventTime)
            }
            MotionEvent.ACTION_MOVE -> {
                for (past in 0 until event.historySize) {
                    add(event.getHistoricalX(past), event.getHistoricalY(past), event.getHistoricalEventTime(past))
                }
                add(event.x, event.y, event.eventTime)
            }
            MotionEvent.ACTION_UP, MotionEvent.ACTION_CANCEL -> {
                strokes += growing.stroke()
                onInk(strokes.toList())
                if (event.actionMasked == MotionEvent.ACTION_UP) performClick()
            }
            else -> return super.onTouchEvent(event)
        }
        return true
    }

    override fun performClick(): Boolean {
        super.performClick()
        return true
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        canvas.drawPath(path, paint)
    }

    /** How long the strokes so far took: a restored page goes on where it was. */
    private fun elapsedMillis(): Long = ((strokes.lastOrNull()?.time?.last() ?: 0f) * 1000).toLong()

    private fun add(x: Float, y: Float, time: Long) {
        growing.add(x, y, (time - begin) / 1000f)
        path.lineTo(x, y)
        invalidate()
    }

    /** Points in arrays that double: no object for each point that the pen gives. */
    private class GrowingStroke {
        private var size = 0
        private var x = FloatArray(64)
        private var y = FloatArray(64)
        private var time = FloatArray(64)

        fun clear() {
            size = 0
        }

        fun add(px: Float, py: Float, seconds: Float) {
            if (size == x.size) {
                x = x.copyOf(2 * size)
                y = y.copyOf(2 * size)
                time = time.copyOf(2 * size)
            }
            x[size] = px
            y[size] = py
            time[size++] = seconds
        }

        fun stroke() = Stroke(x.copyOf(size), y.copyOf(size), time.copyOf(size))
    }
}
