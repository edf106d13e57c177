package dev.unroll.runtime

import com.google.ai.edge.litert.CompiledModel
import dev.unroll.Tensor
import dev.unroll.TensorSpec
import dev.unroll.Tensors
import dev.unroll.bundles.Manifest
import dev.unroll.bundles.StateSpec

/** The signature `step`: a timestep's inputs and the states go in, the outputs and the next states come out. */
internal class LiteRtStepper(
    model: CompiledModel,
    manifest: Manifest,
    private val states: List<StateSpec>,
    private val closed: (LiteRtStepper) -> Unit,
) : StepRunner {
    private val inputs = manifest.inputs.filterValues { it.shape.isNotEmpty() }
    private val buffers = SignatureBuffers(
        model,
        "step",
        inputs.mapValues { (_, spec) -> spec.copy(shape = listOf(1) + spec.shape.drop(1)) } +
            states.associate { it.input to stateSpec(it) },
        manifest.outputs + states.associate { it.output to stateSpec(it) },
    )
    private val carried = HashMap<String, Tensor>(inputs.size + states.size)

    private val stateOutputs = states.map { it.output }.toSet()
    private var isClosed = false

    init {
        for (state in states) carried[state.input] = Tensor.Floats(FloatArray(state.size)) // a sequence starts at zero
    }

    override fun step(inputs: Tensors): Tensors = litert {
        check(!isClosed) { "the stepper is closed" }
        carried.putAll(inputs)
        val found = buffers.run(carried)
        for (state in states) carried[state.input] = found.getValue(state.output)
        found - stateOutputs
    }

    override fun close() {
        if (isClosed) return
        isClosed = true
        buffers.close()
        closed(this)
    }

    private fun stateSpec(state: StateSpec) = TensorSpec(listOf(state.size), TensorSpec.Type.FLOAT32)
}
