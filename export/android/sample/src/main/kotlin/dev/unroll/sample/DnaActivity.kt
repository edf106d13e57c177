package dev.unroll.sample

import android.app.Application
import android.os.Bundle
import android.text.Editable
import android.text.TextWatcher
import android.view.View
import android.widget.EditText
import android.widget.TextView
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.ViewModelProvider
import androidx.lifecycle.viewModelScope
import dev.unroll.Outcome
import dev.unroll.decoding.Classes
import dev.unroll.dna.Importance
import dev.unroll.dna.Record
import dev.unroll.dna.mutateInSilico
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch

/** The importances known so far of a record's [count] nucleotides. */
class Explained(val known: List<Importance>, val count: Int)

class DnaViewModel(application: Application) : AndroidViewModel(application) {
    private val dna = OpenedBundle(application.assets, "dna") { nucleotides() }
    private var explaining: Job? = null
    val input = MutableStateFlow("")
    val explained = MutableStateFlow(Explained(emptyList(), 0))

    /** The first record and its answer; null for an empty box. */
    val answer: Flow<Outcome<Pair<Record, Classes>?>> = input.map { text ->
        dna.use { answerer ->
            when (val found = answerer.answers(text, single = true)) {
                is Outcome.Failure -> if (text.isBlank()) Outcome.Success(null) else found
                is Outcome.Success -> Outcome.Success(found.value.firstOrNull())
            }
        }
    }

    /** Mutates the record nucleotide by nucleotide; what was explained before is forgotten. */
    fun explain(record: Record, label: String) {
        explaining?.cancel()
        explaining = viewModelScope.launch {
            val known = ArrayList<Importance>(record.sequence.length)
            dna.use { answerer ->
                mutateInSilico(record, { changed -> probability(answerer.answer(changed), label) }) { importance ->
                    known += importance
                    explained.value = Explained(known.toList(), record.sequence.length)
                }
            }
        }
    }

    fun forget() {
        explaining?.cancel()
        explained.value = Explained(emptyList(), 0)
    }

    private fun probability(found: Outcome<Classes>, label: String): Outcome<Double> = when (found) {
        is Outcome.Success -> Outcome.Success(found.value.probabilities.getValue(label))
        is Outcome.Failure -> found
    }

    override fun onCleared() = dna.close()
}

/** A sequence box: the class as you type or paste, and on demand which nucleotides it rests on. */
class DnaActivity : Screen(R.layout.dna) {
    private var shown: Pair<Record, Classes>? = null

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val model = ViewModelProvider(this)[DnaViewModel::class.java]
        val answer = view<TextView>(R.id.answer)
        val bars = view<BarsView>(R.id.bars)
        view<EditText>(R.id.input).addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(text: CharSequence, start: Int, count: Int, after: Int) = Unit

            override fun onTextChanged(text: CharSequence, start: Int, before: Int, count: Int) = Unit

            override fun afterTextChanged(text: Editable) {
                model.forget()
                model.input.value = text.toString()
            }
        })
        view<View>(R.id.explain).setOnClickListener { shown?.let { (record, found) -> model.explain(record, found.label) } }
        observe(model.answer) { found ->
            shown = (found as? Outcome.Success)?.value
            answer.text = found.inWords { pair ->
                pair?.let { getString(R.string.class_and_probability, it.second.label, it.second.probability) }.orEmpty()
            }
        }
        observe(model.explained) { explained ->
            bars.show(explained.known, explained.count)
            val most = explained.known.maxByOrNull { it.loss }
            bars.contentDescription = if (most == null) getString(R.string.importance_label)
            else getString(R.string.importance_described, most.position + 1, most.loss)
        }
    }
}
