package dev.unroll.runtime

import android.content.res.AssetManager
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.LiteRtException
import com.google.ai.edge.litert.TensorBuffer
import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Manifest
import dev.unroll.refuse

/**
 * A bundle's model in LiteRT's CompiledModel, on the processor: the recurrent loops are made for it, and its kernels are
 * in LiteRT itself, so no Flex library is needed.
 */
class LiteRtRunner private constructor(private val model: CompiledModel, private val manifest: Manifest) : ModelRunner {
    private val signature = SignatureBuffers(model, "run", manifest.inputs, manifest.outputs)
    private val steppers = ArrayList<LiteRtStepper>()
    private var isClosed = false

    override fun run(inputs: Tensors): Tensors = litert {
        check(!isClosed) { "the model is closed" }
        signature.run(inputs)
    }

    override fun stepper(): StepRunner? {
        check(!isClosed) { "the model is closed" }
        val states = manifest.states ?: return null
        return litert { LiteRtStepper(model, manifest, states) { steppers -= it } }.also { steppers += it }
    }

    override fun close() {
        if (isClosed) return
        isClosed = true
        steppers.toList().forEach(LiteRtStepper::close)
        signature.close()
        model.close()
    }

    companion object {
        /** Loads the model file [path] of an app's assets. It blocks: call it off the main thread. */
        fun open(assets: AssetManager, path: String, manifest: Manifest): LiteRtRunner = litert {
            val model = CompiledModel.create(assets, path, CompiledModel.Options(Accelerator.CPU), null)
            try {
                LiteRtRunner(model, manifest)
            } catch (error: LiteRtException) {
                model.close()
                throw error
            }
        }
    }
}

/** The buffers of a signature: made once, filled and read by name. */
internal class SignatureBuffers(
    private val model: CompiledModel,
    private val signature: String,
    inputs: Map<String, TensorSpec>,
    private val outputs: Map<String, TensorSpec>,
) : AutoCloseable {
    private val padded = inputs.mapValues { (name, spec) -> PaddedInput(name, spec) }
    private val types = inputs.mapValues { it.value.type }
    val given: Map<String, TensorBuffer> = inputs.keys.associateWith { model.createInputBuffer(it, signature) }
    val taken: Map<String, TensorBuffer> = outputs.keys.associateWith { model.createOutputBuffer(it, signature) }

    /** Fills every input that [tensors] name, and runs. */
    fun run(tensors: Tensors): Tensors {
        for ((name, input) in padded) {
            input.fill(tensors[name])
            val buffer = given.getValue(name)
            if (types.getValue(name) == TensorSpec.Type.INT32) buffer.writeInt(input.ints) else buffer.writeFloat(input.floats)
        }
        model.run(given, taken, signature)
        return outputs.mapValues { (name, spec) -> read(taken.getValue(name), spec) }
    }

    private fun read(buffer: TensorBuffer, spec: TensorSpec): Tensor {
        val width = spec.shape.drop(1).fold(1, Int::times)
        return if (spec.type == TensorSpec.Type.INT32) Tensor.Ints(buffer.readInt(), width) else Tensor.Floats(buffer.readFloat(), width)
    }

    override fun close() {
        for (buffer in given.values + taken.values) buffer.close()
    }
}

/** Runs [call]; what LiteRT throws becomes a refusal. */
internal inline fun <T> litert(call: () -> T): T =
    try {
        call()
    } catch (error: LiteRtException) {
        refuse("expected a model that LiteRT can run, found an error: ${error.message}; export it again", error)
    } catch (error: UnsatisfiedLinkError) {
        refuse("expected LiteRT's library for this processor, found none; build the app for it", error)
    }
