package com.google.ai.edge.litert

import android.content.res.AssetManager

/** The part of LiteRT 2.1's Kotlin interface that the runner calls, as it is documented. */
class LiteRtException(message: String) : Exception(message)

enum class Accelerator { CPU, GPU, NPU }

class Environment : AutoCloseable {
    override fun close() = stub()
}

class TensorBuffer internal constructor() : AutoCloseable {
    @Throws(LiteRtException::class)
    fun writeInt(data: IntArray): Unit = stub(data)

    @Throws(LiteRtException::class)
    fun writeFloat(data: FloatArray): Unit = stub(data)

    @Throws(LiteRtException::class)
    fun readInt(): IntArray = stub()

    @Throws(LiteRtException::class)
    fun readFloat(): FloatArray = stub()

    override fun close() = stub()
}

class CompiledModel private constructor() : AutoCloseable {
    class Options(vararg accelerators: Accelerator) {
        val accelerators: Set<Accelerator> = accelerators.toSet()
    }

    @Throws(LiteRtException::class)
    fun createInputBuffer(inputName: String, signature: String = ""): TensorBuffer = stub(inputName, signature)

    @Throws(LiteRtException::class)
    fun createOutputBuffer(outputName: String, signature: String = ""): TensorBuffer = stub(outputName, signature)

    @Throws(LiteRtException::class)
    fun run(inputs: Map<String, TensorBuffer>, outputs: Map<String, TensorBuffer>, signature: String = ""): Unit =
        stub(inputs, outputs, signature)

    override fun close() = stub()

    companion object {
        @Throws(LiteRtException::class)
        fun create(
            assetManager: AssetManager,
            assetName: String,
            options: Options = Options(Accelerator.CPU),
            optionalEnv: Environment? = null,
        ): CompiledModel = stub(assetManager, assetName, options, optionalEnv)
    }
}

private fun stub(vararg given: Any?): Nothing = throw UnsupportedOperationException("a stub of ${given.size} arguments")
