package dev.unroll.writing

import dev.unroll.json.LONGEST
import dev.unroll.json.Specification

/** How ink becomes features, as preprocess.json says. */
internal data class InkSettings(
    val step: Double,
    val byHeight: Boolean,
    val deskew: Boolean,
    val deslant: Boolean,
    val time: Boolean,
    val maxTimesteps: Int,
) {
    val features: List<String> get() = if (time) FEATURES + TIME_FEATURE else FEATURES

    companion object {
        private val FEATURES =
            listOf("asinh_dx", "asinh_dy", "cosine", "sine", "stroke_start", "stroke_end", "y", "asinh_beyond")
        private const val TIME_FEATURE = "log_duration"

        fun of(values: Specification): InkSettings {
            val found = InkSettings(
                step = values.number("step", 1e-6..1e6),
                byHeight = values.text("scale_by", "height", "size") == "height",
                deskew = values.flag("deskew"),
                deslant = values.flag("deslant"),
                time = values.flag("time"),
                maxTimesteps = values.int("max_timesteps", 1..LONGEST),
            )
            if (values.texts("features") != found.features) values.wrong("features", found.features.joinToString(), "others")
            return found
        }
    }
}
