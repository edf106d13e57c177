package dev.unroll.bundles

import android.content.res.AssetManager
import dev.unroll.refuse
import java.io.IOException

/** A bundle in an app's assets, in [folder] (`unroll export ... --android` puts it into `unroll/APPLICATION`). */
class AssetFiles(private val assets: AssetManager, val folder: String) : BundleFiles {
    /** The place of the model file. */
    val model: String get() = "$folder/model.tflite"

    override fun text(name: String): String =
        try {
            assets.open("$folder/$name").use { it.readBytes().decodeToString(throwOnInvalidSequence = true) }
        } catch (error: IOException) {
            refuse("$folder/$name: expected a file of a bundle, found none; add it with unroll export ... --android", error)
        }

    companion object {
        /** The names of the bundles below `unroll/`, sorted. */
        fun names(assets: AssetManager): List<String> =
            try {
                assets.list(ROOT).orEmpty().sorted()
            } catch (_: IOException) {
                emptyList()
            }

        fun of(assets: AssetManager, name: String): AssetFiles = AssetFiles(assets, "$ROOT/$name")

        private const val ROOT = "unroll"
    }
}
