package dev.unroll.decoding

import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Decoder
import dev.unroll.floats
import dev.unroll.ints
import dev.unroll.json.Specification
import kotlin.math.exp
import kotlin.math.ln

/** A character that was read, the highest probability it has in its frames [start] until [end]. */
data class ReadCharacter(val character: String, val confidence: Double, val start: Int, val end: Int)

/** Another text and the logarithm of its probability. */
data class Alternative(val text: String, val logProbability: Double)

/** What was written; [confidence] is the geometric mean over the characters. */
data class Transcript(
    val text: String,
    val confidence: Double,
    val alternatives: List<Alternative>,
    val characters: List<ReadCharacter>,
    val frames: Int,
)

/** Reads log-probabilities of characters frame by frame, and the greedy labels that the graph found. */
class Transcription private constructor(
    private val output: String,
    private val greedy: String,
    private val labels: List<String>,
    private val beam: Int,
    private val alternatives: Int,
    private val least: Double,
    private val isCollapsed: Boolean,
) : Decoder<Any?, Transcript> {
    override fun decode(raw: Any?, outputs: Tensors): Transcript {
        val scores = realFrames(outputs.floats(output))
        val best = outputs.ints(greedy).values
        val text = StringBuilder()
        best.forEachIndexed { frame, label ->
            if (label > 0 && (isCollapsed || frame == 0 || best[frame - 1] != label)) text.append(labels[label])
        }
        val characters = greedyAlignment(scores)
        val found = PrefixBeamSearch(beam, least).search(scores)
        return Transcript(
            text.toString(),
            rounded(confidence(characters), 4),
            found.take(alternatives).map { Alternative(it.labels.joinToString("", transform = labels::get), rounded(it.score, 4)) },
            characters.map { ReadCharacter(labels[it.label], rounded(it.confidence, 4), it.start, it.end) },
            scores.rows,
        )
    }

    private fun confidence(characters: List<Aligned>): Double =
        if (characters.isEmpty()) 0.0 else exp(characters.sumOf { ln(maxOf(1e-9, it.confidence)) } / characters.size)

    companion object {
        fun of(values: Specification, shapes: Map<String, TensorSpec>): Transcription {
            values.text("kind", "ctc")
            values.int("blank", 0..0)
            val names = shapes.keys.toTypedArray()
            val output = values.text("output", *names)
            val greedy = values.text("greedy", *names)
            val labels = values.texts("labels")
            val shape = shapes.getValue(output).shape
            if (shape.size != 2 || shape[1] != labels.size || shapes.getValue(greedy).shape != shape.take(1) || labels[0] != "") {
                values.wrong("labels", "the blank and as many as $output has", labels.size.toString())
            }
            return Transcription(
                output, greedy, labels,
                values.int("beam", 1..1000),
                values.int("alternatives", 1..1000),
                values.number("least_log_probability", -1e9..0.0),
                values.flag("collapsed"),
            )
        }
    }
}

/** One label of a greedy path, the frames it takes, and the highest probability it has in them. */
internal class Aligned(val label: Int, val start: Int, val end: Int, val confidence: Double)

/** The frames without the certain blanks at the end, which are padding. */
internal fun realFrames(scores: Tensor.Floats): Tensor.Floats {
    val frames = (scores.rows downTo 1).firstOrNull { scores[it - 1, 0] < 0 } ?: 0
    return Tensor.Floats(scores.values.copyOf(frames * scores.width), scores.width)
}

/** The labels of the best path with the frames that they take: repeats merged, blanks removed. */
internal fun greedyAlignment(scores: Tensor.Floats): List<Aligned> {
    val found = ArrayList<Aligned>()
    val best = IntArray(scores.rows) { frame ->
        (1 until scores.width).fold(0) { best, label -> if (scores[frame, label] > scores[frame, best]) label else best }
    }
    var start = 0
    for (end in 1..best.size) {
        if (end < best.size && best[end] == best[start]) continue
        val label = best[start]
        if (label != 0) found += Aligned(label, start, end, exp((start until end).maxOf { scores[it, label] }.toDouble()))
        start = end
    }
    return found
}
