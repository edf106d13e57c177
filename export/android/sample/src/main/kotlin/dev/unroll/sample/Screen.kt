package dev.unroll.sample

import android.os.Build
import android.os.Bundle
import android.view.View
import android.view.WindowInsets
import androidx.activity.ComponentActivity
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.lifecycleScope
import androidx.lifecycle.repeatOnLifecycle
import dev.unroll.Outcome
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch

private const val MARGIN_DP = 16

/** What the screens have in common: a layout that keeps clear of the system's bars, and flows that follow the lifecycle. */
abstract class Screen(private val layout: Int) : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(layout)
        val margin = (MARGIN_DP * resources.displayMetrics.density).toInt()
        view<View>(R.id.root).setOnApplyWindowInsetsListener { view, insets ->
            keepClear(view, insets, margin)
            insets
        }
    }

    protected fun <V : View> view(id: Int): V = requireNotNull(findViewById<V>(id)) { "the layout has no such view" }

    /** Shows what [flow] gives while the screen can be seen. */
    protected fun <T> observe(flow: Flow<T>, show: (T) -> Unit) {
        lifecycleScope.launch {
            repeatOnLifecycle(Lifecycle.State.STARTED) { flow.collect { show(it) } }
        }
    }

    /** The value in words, or what went wrong. */
    protected fun <T> Outcome<T>.inWords(words: (T) -> CharSequence): CharSequence = when (this) {
        is Outcome.Success -> words(value)
        is Outcome.Failure -> message
    }

    private fun keepClear(view: View, insets: WindowInsets, margin: Int) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            val bars = insets.getInsets(WindowInsets.Type.systemBars() or WindowInsets.Type.ime() or WindowInsets.Type.displayCutout())
            view.setPadding(bars.left + margin, bars.top + margin, bars.right + margin, bars.bottom + margin)
        } else {
            @Suppress("DEPRECATION")
            view.setPadding(
                insets.systemWindowInsetLeft + margin,
                insets.systemWindowInsetTop + margin,
                insets.systemWindowInsetRight + margin,
                insets.systemWindowInsetBottom + margin,
            )
        }
    }
}
