package dev.unroll.sample

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.view.View

/** The list of screens. */
class MainActivity : Screen(R.layout.main) {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        opens(R.id.open_text, TextActivity::class.java)
        opens(R.id.open_handwriting, HandwritingActivity::class.java)
        opens(R.id.open_forecast, ForecastActivity::class.java)
        opens(R.id.open_dna, DnaActivity::class.java)
    }

    private fun opens(button: Int, screen: Class<out Activity>) {
        view<View>(button).setOnClickListener { startActivity(Intent(this, screen)) }
    }
}
