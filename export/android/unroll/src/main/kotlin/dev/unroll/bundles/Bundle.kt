package dev.unroll.bundles

import dev.unroll.decoding.Classes
import dev.unroll.decoding.Entities
import dev.unroll.decoding.Forecast
import dev.unroll.decoding.Quantiles
import dev.unroll.decoding.Softmax
import dev.unroll.decoding.Tagged
import dev.unroll.decoding.Transcript
import dev.unroll.decoding.Transcription
import dev.unroll.dna.NucleotideEncoder
import dev.unroll.dna.Record
import dev.unroll.json.Specification
import dev.unroll.json.parseJson
import dev.unroll.prices.History
import dev.unroll.prices.PriceEncoder
import dev.unroll.refuse
import dev.unroll.text.TextEncoder
import dev.unroll.words.Sentence
import dev.unroll.words.WordEncoder
import dev.unroll.writing.Ink
import dev.unroll.writing.InkEncoder
import dev.unroll.writing.Picture
import dev.unroll.writing.PictureEncoder

/** What turns raw inputs into a model's inputs, and its outputs into answers. */
class Reader<Raw, Answer>(val encoder: Encoder<Raw>, val decoder: Decoder<Raw, Answer>)

/**
 * The files of an exported model. A reader is made by the function named after what is read; it refuses a bundle of
 * another kind, or one whose files do not fit each other.
 */
class Bundle(private val files: BundleFiles) {
    val manifest: Manifest = Manifest.of(files)
    private val preprocessing = specification("preprocess.json")
    private val decoding = specification("decoder.json")
    private val shapes = manifest.outputs

    /** What goes in and what comes out: `text` and `softmax`, `words` and `entities`, ... */
    val kinds: Pair<String, String> get() = preprocessing.text("kind") to decoding.text("kind")

    fun texts(): Reader<String, Classes> = reader(TextEncoder.of(preprocessing, files), Softmax.of(decoding, shapes))

    fun words(): Reader<Sentence, Tagged> = reader(WordEncoder.of(preprocessing, files), Entities.of(decoding, shapes))

    fun nucleotides(): Reader<Record, Classes> = reader(NucleotideEncoder.of(preprocessing), Softmax.of(decoding, shapes))

    fun prices(): Reader<History, Forecast> = reader(PriceEncoder.of(preprocessing), Quantiles.of(decoding, shapes))

    fun inkLines(): Reader<Ink, Transcript> = reader(InkEncoder.of(preprocessing), Transcription.of(decoding, shapes))

    fun inkCharacters(): Reader<Ink, Classes> = reader(InkEncoder.of(preprocessing), Softmax.of(decoding, shapes))

    fun pictureLines(): Reader<Picture, Transcript> = reader(PictureEncoder.of(preprocessing), Transcription.of(decoding, shapes))

    fun pictureCharacters(): Reader<Picture, Classes> = reader(PictureEncoder.of(preprocessing), Softmax.of(decoding, shapes))

    /** The reader of the bundle's own kind. */
    fun reader(): Reader<*, *> = when (kinds) {
        "text" to "softmax" -> texts()
        "words" to "entities" -> words()
        "nucleotides" to "softmax" -> nucleotides()
        "daily_prices" to "quantiles" -> prices()
        "ink" to "ctc" -> inkLines()
        "ink" to "softmax" -> inkCharacters()
        "image" to "ctc" -> pictureLines()
        "image" to "softmax" -> pictureCharacters()
        else -> refuse("preprocess.json, decoder.json: expected kinds of this version, found ${kinds.first} with ${kinds.second}")
    }

    private fun specification(name: String) = Specification.of(parseJson(files.text(name), name), name)

    private fun <Raw, Answer> reader(encoder: Encoder<Raw>, decoder: Decoder<Raw, Answer>): Reader<Raw, Answer> {
        for ((name, model) in manifest.inputs) {
            val made = encoder.inputs[name]
            if (made?.shape != model.shape || made.type != model.type) {
                val found = made?.shape ?: "none"
                refuse("preprocess.json: expected inputs for the model's $name ${model.shape}, found $found; export it again")
            }
        }
        return Reader(encoder, decoder)
    }
}
