package dev.unroll.writing

import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals

class PictureTest {
    @Test
    fun darkWritingOnLightPaperIsTurnedAroundAndReadByColumns() {
        val found = encodePicture(Picture(floatArrayOf(255f, 255f, 255f, 0f, 255f, 255f), 2, 3), 2, 10)
        assertEquals(3, found.rows)
        assertContentEquals(floatArrayOf(0f, 1f, 0f, 0f, 0f, 0f), found.values)
    }

    @Test
    fun aSmallerPictureIsTheMeanOfItsAreas() {
        val found = encodePicture(Picture(FloatArray(16) { if (it % 4 == 0) 1f else 0f }, 4, 4), 2, 10)
        assertContentEquals(floatArrayOf(0.5f, 0.5f, 0f, 0f), found.values)
    }

    @Test
    fun coloursBecomeGrey() {
        val picture = Picture.ofPixels(intArrayOf(0xFFFFFFFF.toInt(), 0xFFFF0000.toInt(), 0x00000000), 1, 3)
        assertContentEquals(floatArrayOf(255f, 76f, 0f), picture.grey)
    }
}
