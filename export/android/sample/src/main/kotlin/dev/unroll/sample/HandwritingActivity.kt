package dev.unroll.sample

import android.app.Application
import android.os.Bundle
import android.view.View
import android.widget.TextView
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.ViewModelProvider
import dev.unroll.Outcome
import dev.unroll.decoding.Transcript
import dev.unroll.writing.Ink
import dev.unroll.writing.Stroke
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.map

class HandwritingViewModel(application: Application) : AndroidViewModel(application) {
    private val handwriting = OpenedBundle(application.assets, "handwriting") { inkLines() }
    val strokes = MutableStateFlow(emptyList<Stroke>())

    /** What is written so far; null for an empty page. */
    val transcript: Flow<Outcome<Transcript?>> = strokes.map { written ->
        if (written.isEmpty()) Outcome.Success(null) else handwriting.use { it.answer(Ink(written)) }
    }

    override fun onCleared() = handwriting.close()
}

/** A page that reads handwriting while it is written. */
class HandwritingActivity : Screen(R.layout.handwriting) {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val model = ViewModelProvider(this)[HandwritingViewModel::class.java]
        val canvas = view<InkView>(R.id.canvas)
        val answer = view<TextView>(R.id.answer)
        canvas.show(model.strokes.value)
        canvas.onInk = { model.strokes.value = it }
        view<View>(R.id.clear).setOnClickListener { canvas.clear() }
        observe(model.transcript) { found ->
            answer.text = found.inWords { read ->
                if (read == null) "" else getString(R.string.class_and_probability, read.text, read.confidence)
            }
        }
    }
}
