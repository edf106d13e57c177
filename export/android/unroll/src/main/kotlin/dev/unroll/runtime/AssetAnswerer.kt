package dev.unroll.runtime

import android.content.res.AssetManager
import dev.unroll.Outcome
import dev.unroll.bundles.AssetFiles
import dev.unroll.bundles.Bundle
import dev.unroll.bundles.Reader
import dev.unroll.outcomeOf
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext

/**
 * Opens the bundle [name] of an app's assets, in [background].
 *
 * @param kind what reads it, for example `Bundle::texts`
 */
suspend fun <Raw, Answer> openAnswerer(
    assets: AssetManager,
    name: String,
    background: CoroutineDispatcher,
    kind: Bundle.() -> Reader<Raw, Answer>,
): Outcome<Answerer<Raw, Answer>> = withContext(background) {
    outcomeOf {
        val files = AssetFiles.of(assets, name)
        val bundle = Bundle(files)
        Answerer(bundle.kind(), LiteRtRunner.open(assets, files.model, bundle.manifest), background)
    }
}
