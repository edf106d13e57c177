package dev.unroll

import dev.unroll.bundles.Bundle
import dev.unroll.bundles.Reader
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** How far a float may be from the seven digits it is written at. */
private const val WRITTEN = 1e-6

/** Coordinates of ink are written at the nine digits that give a float32 back; prices at those of a float64. */
private const val RAW = 1e-8

/** Answers are made of outputs of seven digits: sums of logarithms and exponentials of them. */
private const val ANSWERS = 1e-4

/** The readers find in every bundle's raw inputs what Python's find, and make of outputs the same answers. */
class TestVectorsTest {
    @Test
    fun rawInputsBecomeTheTensorsAndOutputsTheAnswersOfTheVectors() = forEachBundle { folder, bundle, reader ->
        val vectors = folder.vectors().innerItems("vectors")
        assertTrue(vectors.isNotEmpty(), "${folder.name}: no vectors")
        vectors.forEachIndexed { number, vector ->
            val place = "${folder.name}: vector $number"
            val raw = reader.encoder.fromJson(vector.value("raw"))
            assertTensors(reader.encoder.encode(raw), plain(vector.value("inputs")), reader, place)
            val given = vector.inner("outputs")
            val outputs = given.names.associateWith { tensorOf(given.value(it), bundle.manifest.outputs.getValue(it)) }
            val answer = answerRecord(raw, reader.decoder.decode(raw, outputs))
            assertAlike(answer, plain(vector.value("decoded")), ANSWERS, "$place: decoded")
        }
        vectors.size
    }

    @Test
    fun textsBecomeTheRawInputsAndTensorsOfTheDocuments() = forEachBundle { folder, _, reader ->
        val cases = folder.vectors().innerItems("reading")
        cases.forEachIndexed { number, case ->
            val place = "${folder.name}: document $number"
            val inputs = reader.encoder.read(case.text("text"), case.flag("single"))
            assertAlike(inputs.map(::rawRecord), plain(case.value("raw")), RAW, "$place: raw")
            val expected = plain(case.value("inputs")) as List<*>
            assertEquals(expected.size, inputs.size, place)
            inputs.forEachIndexed { row, raw -> assertTensors(reader.encoder.encode(raw), expected[row], reader, "$place, row $row") }
        }
        cases.size
    }

    private fun assertTensors(found: Tensors, expected: Any?, reader: Reader<Any?, Any?>, place: String) {
        val tensors = found.mapValues { (name, tensor) -> nested(tensor, reader.encoder.inputs.getValue(name).shape) }
        assertAlike(tensors, expected, WRITTEN, place)
    }

    /** Calls [check] for every bundle; it returns how many cases it looked at. */
    private fun forEachBundle(check: (BundleFolder, Bundle, Reader<Any?, Any?>) -> Int) {
        val folders = BundleFolder.all()
        assertTrue(folders.isNotEmpty(), "expected bundles in the sample's assets, found none; unroll export ... --android")
        for (folder in folders) {
            val bundle = folder.bundle()
            @Suppress("UNCHECKED_CAST")
            val checked = check(folder, bundle, bundle.reader() as Reader<Any?, Any?>)
            println("${folder.name}: $checked cases")
        }
    }
}
