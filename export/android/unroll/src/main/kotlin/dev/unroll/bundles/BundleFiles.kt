package dev.unroll.bundles

/** The files of a bundle, wherever they lie: an app's assets, a folder, a download. */
interface BundleFiles {
    /**
     * The UTF-8 text of the file [name] (`preprocess.json`, `preprocessing/vocabulary.txt`).
     *
     * @throws dev.unroll.ReadingException it cannot be read
     */
    fun text(name: String): String
}
