package dev.unroll.writing

import dev.unroll.ReadingException
import dev.unroll.json.Json
import dev.unroll.json.parseJson
import dev.unroll.refuse
import dev.unroll.text.splitLines
import dev.unroll.text.stripped

/** The inks of JSON strokes, `[[[x, y, t], ...], ...]` or `{"strokes": ...}`: one document, a list, or one a line. */
internal fun readInks(text: String, place: String): List<Ink> {
    if (text.stripped().isEmpty()) return emptyList()
    val whole = try {
        parseJson(text, place)
    } catch (_: ReadingException) {
        return text.splitLines().withIndex().filter { it.value.stripped().isNotEmpty() }.map { (number, line) ->
            inkOf(parseJson(line, "$place:${number + 1}"), "$place:${number + 1}")
        }
    }
    val examples = (whole as? Json.Items)?.values
    if (examples != null && examples.firstOrNull() is Json.Fields) {
        return examples.mapIndexed { number, value -> inkOf(value, "$place: example ${number + 1}") }
    }
    return listOf(inkOf(whole, place))
}

/** The ink that a JSON value holds. */
internal fun inkOf(value: Json, place: String): Ink {
    val strokes = if (value is Json.Fields) value.values["strokes"] else value
    if (strokes !is Json.Items) refuse("$place: expected [[[x, y], ...], ...] or {\"strokes\": ...}, found others; correct it")
    val points = strokes.values.mapIndexed { number, stroke -> points(stroke, "$place: stroke ${number + 1}") }.filter { it.isNotEmpty() }
    val columns = points.minOfOrNull { it[0].size } ?: 2
    val begin = if (columns == 3) points[0][0][2] else 0.0 // float32 would lose the milliseconds of a time counted from 1970
    return Ink(
        points.map { stroke ->
            Stroke(
                FloatArray(stroke.size) { stroke[it][0].toFloat() },
                FloatArray(stroke.size) { stroke[it][1].toFloat() },
                if (columns == 3) FloatArray(stroke.size) { (stroke[it][2] - begin).toFloat() } else null,
            )
        },
    )
}

private fun points(stroke: Json, place: String): List<DoubleArray> {
    val points = (stroke as? Json.Items)?.values ?: refuse("$place: expected a list of points, found others; correct it")
    val found = points.map { point ->
        val numbers = (point as? Json.Items)?.values?.map { (it as? Json.Number)?.value }
        if (numbers == null || numbers.size !in 2..3 || numbers.any { it == null || !it.isFinite() }) {
            refuse("$place: expected points [x, y] or [x, y, time] of finite numbers, found others; correct it")
        }
        numbers.filterNotNull().toDoubleArray()
    }
    if (found.any { it.size != found[0].size }) refuse("$place: expected points of one kind, found others; correct it")
    return found
}
