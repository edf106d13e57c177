package dev.unroll.sample

import android.app.Application
import android.os.Bundle
import android.text.Editable
import android.text.Spannable
import android.text.TextWatcher
import android.text.style.BackgroundColorSpan
import android.widget.EditText
import android.widget.TextView
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.ViewModelProvider
import dev.unroll.Outcome
import dev.unroll.decoding.Classes
import dev.unroll.decoding.Entity
import dev.unroll.words.Utf16Offsets
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.map

/** The names found in [text]. */
class Names(val text: String, val entities: List<Entity>)

class TextViewModel(application: Application) : AndroidViewModel(application) {
    private val sentiment = OpenedBundle(application.assets, "sentiment") { texts() }
    private val tagger = OpenedBundle(application.assets, "ner") { words() }
    val input = MutableStateFlow("")

    val feeling: Flow<Outcome<Classes>> = sentiment.live(input)

    val names: Flow<Outcome<Names>> = input.map { text ->
        tagger.use { answerer ->
            when (val found = answerer.answers(text, single = false)) {
                is Outcome.Failure -> found
                is Outcome.Success -> Outcome.Success(Names(text, found.value.flatMap { it.second.entities }))
            }
        }
    }

    override fun onCleared() {
        sentiment.close()
        tagger.close()
    }
}

/** A text box: its sentiment and the names in it, as you type. */
class TextActivity : Screen(R.layout.text) {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val model = ViewModelProvider(this)[TextViewModel::class.java]
        val input = view<EditText>(R.id.input)
        val answer = view<TextView>(R.id.answer)
        val names = view<TextView>(R.id.names)
        input.addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(text: CharSequence, start: Int, count: Int, after: Int) = Unit

            override fun onTextChanged(text: CharSequence, start: Int, before: Int, count: Int) = Unit

            override fun afterTextChanged(text: Editable) {
                model.input.value = text.toString()
            }
        })
        observe(model.feeling) { found ->
            answer.text = found.inWords { getString(R.string.class_and_probability, it.label, it.probability) }
        }
        observe(model.names) { found ->
            names.text = found.inWords(::listed)
            if (found is Outcome.Success) mark(input.text, found.value)
        }
    }

    private fun listed(names: Names): CharSequence {
        if (names.entities.isEmpty()) return getString(R.string.no_names)
        return names.entities.joinToString("\n") { getString(R.string.name_and_type, it.text, it.type) }
    }

    /** Marks the names in the box, unless it was typed on since. */
    private fun mark(text: Spannable, names: Names) {
        if (text.toString() != names.text) return
        text.getSpans(0, text.length, BackgroundColorSpan::class.java).forEach(text::removeSpan)
        val offsets = Utf16Offsets(names.text)
        for (entity in names.entities) {
            val span = BackgroundColorSpan(getColor(R.color.fan))
            text.setSpan(span, offsets[entity.start], offsets[entity.end], Spannable.SPAN_EXCLUSIVE_EXCLUSIVE)
        }
    }
}
