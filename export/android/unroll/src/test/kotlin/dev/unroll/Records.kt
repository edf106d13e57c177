package dev.unroll

import dev.unroll.decoding.Classes
import dev.unroll.decoding.Forecast
import dev.unroll.decoding.Tagged
import dev.unroll.decoding.Transcript
import dev.unroll.dna.Record
import dev.unroll.json.Json
import dev.unroll.prices.History
import dev.unroll.words.Sentence
import dev.unroll.writing.Ink
import java.math.BigDecimal
import kotlin.math.abs
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** JSON as plain values: Map, List, String, Boolean, Long for whole numbers, Double for others. */
fun plain(value: Json): Any? = when (value) {
    is Json.Text -> value.value
    is Json.Flag -> value.value
    is Json.Null -> null
    is Json.Number -> if (value.isWhole) value.written.toLong() else value.value
    is Json.Items -> value.values.map(::plain)
    is Json.Fields -> value.values.mapValues { plain(it.value) }
}

/** A raw input as testvectors.json holds it. */
fun rawRecord(raw: Any?): Any? = when (raw) {
    is String -> raw
    is Sentence -> mapOf("words" to raw.words, "starts" to raw.starts.map(Int::toLong), "text" to raw.text, "offset" to raw.offset.toLong())
    is Record -> mapOf("name" to raw.name, "sequence" to raw.sequence)
    is History -> mapOf("name" to raw.name, "day_numbers" to raw.days.toList(), "values" to raw.values.map { it.toList() })
    is Ink -> raw.strokes.map { stroke ->
        List(stroke.size) { listOfNotNull(stroke.x[it].toDouble(), stroke.y[it].toDouble(), stroke.time?.get(it)?.toDouble()) }
    }
    else -> error("no raw input: $raw")
}

/** What `unroll predict --json` prints of an answer. */
fun answerRecord(raw: Any?, answer: Any?): Any? = when (answer) {
    is Classes -> of(raw) + classes(answer)
    is Tagged -> mapOf("text" to answer.text, "start" to answer.start.toLong(), "entities" to answer.entities.map { entity ->
        mapOf("text" to entity.text, "type" to entity.type, "start" to entity.start.toLong(), "end" to entity.end.toLong()) +
            listOfNotNull(entity.probability?.let { "probability" to it })
    }) + listOfNotNull(answer.unreadFrom?.let { "unread_from" to it.toLong() })
    is Forecast -> forecast(answer)
    is Transcript -> mapOf(
        "text" to answer.text,
        "confidence" to answer.confidence,
        "alternatives" to answer.alternatives.map { mapOf("text" to it.text, "log_probability" to it.logProbability) },
        "characters" to answer.characters.map {
            mapOf("character" to it.character, "confidence" to it.confidence, "frames" to listOf(it.start.toLong(), it.end.toLong()))
        },
        "frames" to answer.frames.toLong(),
    )
    else -> error("no answer: $answer")
}

private fun of(raw: Any?): Map<String, Any?> = when (raw) {
    is String -> mapOf("text" to raw)
    is Record -> mapOf("name" to raw.name, "length" to raw.sequence.length.toLong())
    else -> emptyMap()
}

private fun classes(answer: Classes) =
    mapOf("label" to answer.label, "probability" to answer.probability, "probabilities" to answer.probabilities)

private fun forecast(answer: Forecast) = mapOf(
    "ticker" to answer.ticker,
    "last_date" to answer.lastDate,
    "last_close" to answer.lastClose,
    "forecast" to answer.days.mapIndexed { number, day ->
        mapOf(
            "days_ahead" to number + 1L,
            "median_price" to day.median,
            "price_quantiles" to answer.levels.indices.associate { BigDecimal.valueOf(answer.levels[it]).stripTrailingZeros().toPlainString() to day.prices[it] },
            "volatility_percent_a_day" to day.volatility,
            "probability_of_a_rise" to day.rise,
        )
    },
)

/** Two plain values are the same but for floats, which may differ by [tolerance] (times the number where above 1). */
fun assertAlike(found: Any?, expected: Any?, tolerance: Double, place: String) {
    when (expected) {
        is Map<*, *> -> {
            val map = found as? Map<*, *> ?: error("$place: expected an object, found $found")
            assertEquals(expected.keys, map.keys, place)
            for ((key, value) in expected) assertAlike(map[key], value, tolerance, "$place.$key")
        }
        is List<*> -> {
            val list = found as? List<*> ?: error("$place: expected a list, found $found")
            assertEquals(expected.size, list.size, place)
            expected.forEachIndexed { number, value -> assertAlike(list[number], value, tolerance, "$place[$number]") }
        }
        is Double -> {
            val number = (found as? Number)?.toDouble() ?: error("$place: expected a number, found $found")
            assertTrue(abs(number - expected) <= tolerance * maxOf(1.0, abs(expected)), "$place: expected $expected, found $number")
        }
        else -> assertEquals(expected, found, place)
    }
}
